"""vcrpy, imported without what it would import on the side.

Wherever aiohttp is installed, vcrpy imports it to be able to patch it: 0.15 s of a cold start, for a library
that no module uses. Here it is patched only if the code under test has loaded it before the tape opens.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

_hidden = "aiohttp" not in sys.modules
if _hidden:
    sys.modules["aiohttp"] = None  # type: ignore[assignment]  # an import of it now fails as if it were absent
try:
    from vcr import patch
    from vcr.cassette import Cassette as Container
    from vcr.persisters.filesystem import CassetteNotFoundError
    from vcr.record_mode import RecordMode
    from vcr.request import Request
finally:
    if _hidden:
        del sys.modules["aiohttp"]

__all__ = ("CassetteNotFoundError", "Container", "RecordMode", "Request", "patchers", "skipped")


def skipped() -> tuple[str, ...]:
    """The libraries that vcrpy leaves alone: those of our own tap, and aiohttp while nobody has loaded it."""
    return ("httpx", "httpx2") if "aiohttp" in sys.modules else ("httpx", "httpx2", "aiohttp")


def patchers(cassette: Container) -> Iterable[Any]:
    """vcrpy's patches of the remaining libraries, each a context manager."""
    loaded = sys.modules.get("aiohttp")
    if loaded and not hasattr(patch, "_AiohttpClientSessionRequest"):
        patch._AiohttpClientSessionRequest = loaded.ClientSession._request  # what vcrpy's import keeps of it
    return patch.CassettePatcherBuilder(cassette).build()
