"""Running an async check: in an event loop of its own, which is dropped when it does not end in time.

anyio's runner would cancel what is left and wait for it, which code that swallows everything never ends; and
a miss, which is no Exception, ends that runner's own task, after which it serves no further check.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

from grader.verdict import limits, reading

# Freeing such a task would run its code again (to close it), endlessly: it is kept, and the process left.
ABANDONED: list[Any] = []


def run(test: Callable[..., Any], arguments: dict[str, Any], owns: Callable[[str], bool]) -> None:
    """Run an async test function to its end; TimeUp tells at which line the owned code was waiting."""
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_complain)
    asyncio.set_event_loop(loop)
    coroutine = test(**arguments)
    try:
        try:
            loop.run_until_complete(coroutine)
        finally:
            if not isinstance(sys.exc_info()[1], limits.TimeUp):
                _finish(loop)
    except limits.TimeUp as error:
        error.remote_place = error.remote_place or reading.suspended(coroutine, owns)
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]  # the report says it better
            ABANDONED.append(task)
        raise
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """What `asyncio.run` does at its end: cancel what is left, close generators and the executor."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Say what a forgotten task raised, unless it is a miss or a time limit: the verdict tells those."""
    if isinstance(context.get("exception"), (Exception, type(None))):
        loop.default_exception_handler(context)
