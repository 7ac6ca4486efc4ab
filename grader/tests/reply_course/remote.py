"""What the tests of the process use: every way in which a call can cross."""

import asyncio
import contextvars
import os
import socket
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

LIMITS = {"steps": 3}
PLACE = Path("/tmp")
here = contextvars.ContextVar("here", default=0)
seen = []


class TooMany(ValueError):
    def __init__(self, count):
        super().__init__(f"too many: {count}")
        self.count = count


class StillTooMany(TooMany):
    pass


@dataclass
class Pair:
    a: int
    b: str


def pair(a, b="x"):
    return Pair(a, b)


def echo(value):
    return value


def what(value):
    return type(value).__name__


def twice(function, value):
    return function(function(value))


def total(items):
    return sum(items)


def log():
    return list(seen)


def environment():
    return dict(os.environ)


def limits():
    import resource

    return [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE)]


def place():
    return [threading.current_thread() is threading.main_thread(), os.getpid(), sys.flags.isolated]


def connect(host):
    socket.create_connection((host, 80), 1)


def fail(count):
    raise TooMany(count)


def fail_more(count):
    raise StillTooMany(count)


def missing_key():
    return {}["key"]


def missing_file():
    Path("/no/such/file").read_text()


def odd():
    return object()


def swallow(host):
    try:
        socket.create_connection((host, 80), 1)
    except BaseException:
        return "all well"


def count(n):
    try:
        for i in range(n):
            yield Pair(i, "y")
    finally:
        seen.append("closed")


async def count_slowly(n):
    try:
        async with asyncio.timeout(30):
            here.set(7)
            task = asyncio.current_task()
            for i in range(n):
                yield [i, here.get(), asyncio.current_task() is task]
                await asyncio.sleep(0)
    finally:
        seen.append("closed")


async def twice_async(function, value):
    return await function(await function(value))


async def add_up(items):
    return sum([item async for item in items])


async def rest(seconds):
    try:
        await asyncio.sleep(seconds)
        return "rested"
    except asyncio.CancelledError:
        seen.append("cancelled")
        raise
    finally:
        await asyncio.sleep(0)


async def give_up(function, seconds):
    try:
        async with asyncio.timeout(seconds):
            return await function()
    except TimeoutError:
        return "gave up"


async def block(n):
    for i in range(n):
        time.sleep(0.01)
        yield i


def app():
    async def serve(scope, receive, send):
        await receive()
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    return serve


def left_behind():
    pass


class Keeper:
    pass


async def leave_task():
    async def later():
        try:
            await asyncio.sleep(60)
        finally:
            seen.append("ended")

    leave_task.task = asyncio.create_task(later())
    await asyncio.sleep(0)
