"""How does an end that is no `Exception` leave an async check? Around anyio's runner: it would break that."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest

Check = Callable[..., Awaitable[None]]
_THROUGH = (Exception, asyncio.CancelledError, KeyboardInterrupt, SystemExit, pytest.fail.Exception)


@contextmanager
def around_the_runner(item: Any) -> Generator[None]:
    """While the check runs, keep a miss or a time limit out of anyio's runner; raise it afterwards.

    The runner's task ends at a BaseException that it does not know, and its complaint, printed by the garbage
    collector in the middle of a traceback's `ast.parse`, made CPython 3.11 fail with a SystemError.
    """
    if not asyncio.iscoroutinefunction(item.obj):
        yield
        return
    ends: list[BaseException] = []
    real, item.obj = item.obj, _guarded(item.obj, ends)
    try:
        yield
    finally:
        item.obj = real
    if ends:
        raise ends[0]


def _guarded(check: Check, ends: list[BaseException]) -> Check:
    @functools.wraps(check)
    async def guarded(**arguments: Any) -> None:
        try:
            await check(**arguments)
        except _THROUGH:
            raise
        except BaseException as end:
            ends.append(end)

    return guarded
