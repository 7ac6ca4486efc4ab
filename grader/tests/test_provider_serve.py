"""The server itself: `running`, the banner, a taken port, token estimates."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import httpx2
import openai
import pytest

from grader.provider import serve
from grader.provider.tokens import count, pieces, truncate
from grader.tests.provider_support import ask, chatter, library

SCRIPT = "a: {title: An apple, match: [apple], turns: [{say: [red, green], delay: 5, first: {hang: true}}]}"


def test_the_seed_chooses_the_voice_and_the_pace_scales_time(tmp_path):
    with serve.running(library=library(tmp_path, SCRIPT), seed=2, pace=0) as url:
        started = time.perf_counter()
        reply = ask(chatter(url, "a", retries=1, timeout=1.0))

    assert reply.choices[0].message.content == "green"
    assert time.perf_counter() - started < 4


def give_up(client):
    """Asks, and takes whatever comes of it."""
    with contextlib.suppress(openai.APIError):
        ask(client)


@pytest.mark.parametrize("turn", ["{hang: true}", "{say: x, delay: 30}"])
def test_a_server_stops_although_a_client_waits(tmp_path, capfd, turn):
    with serve.running(library=library(tmp_path, f"a: {{title: x, turns: [{turn}]}}")) as url:
        threading.Thread(target=give_up, args=[chatter(url, "a", timeout=30)], daemon=True).start()
        time.sleep(0.2)
        started = time.perf_counter()

    assert time.perf_counter() - started < 4
    assert capfd.readouterr().err == ""
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


def test_two_servers_run_side_by_side(tmp_path):
    with serve.running(library=library(tmp_path, SCRIPT)) as one, serve.running() as other:
        assert one != other
        assert httpx2.get(one).json()["questions"] == ["An apple"]


def test_the_banner_tells_how_to_point_a_client_here(tmp_path):
    library(tmp_path, "a: [", "05_voting")
    text = serve.banner("http://127.0.0.1:8765", library(tmp_path, SCRIPT), 1)

    for words in ('base_url="http://127.0.0.1:8765/v1"', 'base_url="http://127.0.0.1:8765"', "An apple"):
        assert words in text
    assert "Not loaded:" in text
    assert "05_voting" in text


def test_a_taken_port_is_said_in_words(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert serve.serve(taken.getsockname()[1]) == 1

    assert "--port" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["", "Hello,  world!\n\n ", '{"a": [12345, null]}', "größe 東京都", "\t __init__ é"]
)
def test_pieces_give_the_text_back(text):
    assert "".join(pieces(text)) == text


def test_small_packets_leave_at_once():
    """Without this, recorded chunk times are those of the network stack."""
    with serve._bound("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_estimates_are_documented_ones():
    assert count("The quick brown fox jumps.") == 6
    assert count("12345") == 2
    assert count("The quick brown fox jumps.", "anthropic") == 8
    assert truncate("one two three", 2) == "one two"
    assert truncate("one two three", 3, "anthropic") == "one two"
