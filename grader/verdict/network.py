"""No network by accident: a graded check that reaches for another host ends there, in words.

This is for honest mistakes (a library that calls home, a wrong URL). It is no sandbox; `grader grade` is.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY")
# What would send a check elsewhere: other hosts, other accounts, proxies, tracing that calls home.
REMOVED = (
    "OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY", "OPENAI_LOG",
    "ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_LOG",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy",
    "LANGSMITH_TRACING", "LANGSMITH_ENDPOINT", "LANGCHAIN_TRACING_V2", "LANGCHAIN_ENDPOINT",
)  # fmt: skip
# Each tells whose key it is, so that a key that goes to another vendor is seen.
PLACEHOLDERS = {**{name: f"offline-{name}" for name in KEYS}, "ANONYMIZED_TELEMETRY": "False"}
INTERNET_FAMILIES = (2, 10, 23, 30)  # AF_INET, and AF_INET6 on Linux, Windows and macOS


class NetworkBlocked(BaseException):
    """Graded code reached for another host; not an Exception, so that no retry and no fallback hides it."""

    kind = "network"

    def __init__(self, host: str) -> None:
        super().__init__(f"The code reached for the network: {host}.")
        self.host = host


class _Guard:
    """The state behind the audit hook, which Python cannot remove once it is added."""

    def __init__(self) -> None:
        self.on = self.installed = False
        self.attempts: list[NetworkBlocked] = []

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.on and event.startswith("socket."):
            host = _host(event, args)
            if host is not None and not local(host):
                self.attempts.append(NetworkBlocked(_shown(host)))
                raise self.attempts[-1]


_guard = _Guard()


def attempts() -> list[NetworkBlocked]:
    """The attempts since the block began, also those whose exception the code swallowed."""
    return _guard.attempts


@contextmanager
def blocked(active: bool = True) -> Iterator[None]:
    """Within it, connecting to or looking up another host raises NetworkBlocked."""
    if active and not _guard.installed:
        sys.addaudithook(_guard.hook)
        _guard.installed = True
    before, _guard.on, _guard.attempts = _guard.on, active, []
    try:
        yield
    finally:
        _guard.on = before


def _host(event: str, args: tuple[Any, ...]) -> Any:
    """The host that an audit event of the socket module is about, or None where it is about none."""
    if event in ("socket.getaddrinfo", "socket.gethostbyname"):
        return args[0]
    if event in ("socket.connect", "socket.sendto") and args[0].family in INTERNET_FAMILIES:
        return args[1][0] if isinstance(args[1], tuple) else None
    return None


def _shown(host: Any) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)


def local(host: Any) -> bool:
    """Whether a host is this machine: loopback addresses, `localhost` and the unspecified address."""
    name = _shown(host or "").partition("%")[0].lower().rstrip(".")
    if name in ("", "localhost") or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@contextmanager
def offline_environment(live: bool = False) -> Iterator[None]:
    """Placeholders for every key, and nothing that points elsewhere; everything is put back afterwards."""
    before = dict(os.environ)
    if not live:
        for name in REMOVED:
            os.environ.pop(name, None)
        os.environ.update(PLACEHOLDERS)
        os.environ.update({name: f"offline-{name}" for name in before if name.endswith("_API_KEY")})
    try:
        yield
    finally:
        for name in {*REMOVED, *PLACEHOLDERS, *before}:
            if name in before:
                os.environ[name] = before[name]
            else:
                os.environ.pop(name, None)
