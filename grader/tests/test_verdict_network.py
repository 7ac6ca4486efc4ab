"""The block against network accidents, and the environment that points nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import urllib.request

import pytest

from grader.verdict import network
from grader.verdict.network import NetworkBlocked, blocked, offline_environment


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
        ("api.localhost", True),
        (None, True), ("", True), ("0.0.0.0", True), (b"localhost", True), ("fe80::1%eth0", False),
        ("example.com", False), ("93.184.216.34", False), ("10.0.0.1", False),
        ("localhost.example.com", False),
    ],
)  # fmt: skip
def test_only_this_machine_is_local(host, here):
    """A private network is another machine too."""
    assert network.local(host) is here


def connect():
    socket.create_connection(("93.184.216.34", 80), timeout=1)


def look_up():
    socket.getaddrinfo("example.com", 443)


def open_url():
    urllib.request.urlopen("http://93.184.216.34/")


def send_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ("93.184.216.34", 53))


async def _connect():
    await asyncio.open_connection("example.com", 443)


def connect_async():
    asyncio.run(_connect())


@pytest.mark.parametrize("attempt", [connect, look_up, open_url, send_datagram, connect_async])
def test_reaching_out_ends_at_once_and_no_except_exception_hides_it(attempt):
    """Every way out of Python's sockets is covered, the C module included."""

    def careless():
        with contextlib.suppress(Exception):
            attempt()

    with blocked(), pytest.raises(NetworkBlocked, match=r"reached for the network: "):
        careless()


def test_a_swallowed_attempt_is_remembered():
    """A bare `except` hides the exception, not the attempt."""
    with blocked():
        for attempt in (connect, look_up):
            with contextlib.suppress(BaseException):
                attempt()
        assert [attempt.host for attempt in network.attempts()] == ["93.184.216.34", "example.com"]


def test_this_machine_stays_reachable():
    """A check may run a server of its own."""
    server = socket.create_server(("127.0.0.1", 0))
    visitor = threading.Thread(target=lambda: server.accept()[0].close(), daemon=True)
    visitor.start()

    with blocked():
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.getaddrinfo("localhost", 80)
    assert network.attempts() == []
    visitor.join(5)
    server.close()


def test_nothing_is_blocked_outside():
    """The hook stays installed, and lets everything through."""
    with blocked():
        pass

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", 9))
    assert network.local("example.com") is False
    network._guard.hook("socket.getaddrinfo", ("example.com", 80, 0, 0, 0))  # raises while blocked


def test_keys_are_placeholders_and_come_back(monkeypatch):
    """No check sees a real key, and no setting sends it elsewhere."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("DEEPSEEK_API_KEY", "sk-real")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)

    with offline_environment():
        for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY"):
            assert os.environ[name] == f"offline-{name}"
        assert "OPENAI_BASE_URL" not in os.environ
        assert "sk-real" not in os.environ.values()

    assert os.environ["OPENAI_API_KEY"] == os.environ["DEEPSEEK_API_KEY"] == "sk-real"
    assert os.environ["OPENAI_BASE_URL"] == "http://elsewhere"
    assert "ANTHROPIC_API_KEY" not in os.environ


def test_a_live_recording_keeps_its_keys(monkeypatch):
    """`--live` needs them."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")

    with offline_environment(live=True):
        assert os.environ["OPENAI_API_KEY"] == "sk-real"
