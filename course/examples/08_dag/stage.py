"""Where the lab plays: the stand-in on a real socket and its clients, in one loop, on a clock that leaps."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import uvicorn
from hours import Leaping

from grader import graph
from grader.course import module

DAG = module("08_dag")
sys.path.insert(0, str(DAG.solution))

import clerk  # noqa: E402 - imports the reference, found by the line above
import dag  # noqa: E402

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")
Found = TypeVar("Found")


class Server(uvicorn.Server):
    """A server that has no clock of its own, and leaves Ctrl+C to the program around it."""

    async def main_loop(self) -> None:
        self.ended = asyncio.Event()
        await self.ended.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass
class Stage:
    """What a play may touch: the clock, and the stand-in's memory of prefixes."""

    loop: Leaping
    cache: clerk.Cache

    def clock(self) -> float:
        """Seconds since the play began, as far as anybody waited."""
        return self.loop.time()


Play = Callable[[Stage], Awaitable[Found]]


def played(play: Play[Found], voice: int = 1) -> Found:
    """What `play` returns, done against a fresh stand-in: nothing is cached, and the clock is at zero."""
    loop = Leaping()
    try:
        return loop.run_until_complete(_served(Stage(loop, clerk.Cache(loop.time)), play, voice))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


async def _served(stage: Stage, play: Play[Found], voice: int) -> Found:
    app = clerk.app(clerk.Clerk(stage.loop, voice), stage.cache)
    config = uvicorn.Config(
        app, log_level="error", access_log=False, lifespan="off", timeout_keep_alive=10**6
    )
    server, sock = Server(config), socket.create_server(("127.0.0.1", 0))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    serving = stage.loop.create_task(server.serve(sockets=[sock]))
    while not server.started:
        await asyncio.sleep(0)
    try:
        async with clients(stage.loop, f"http://127.0.0.1:{sock.getsockname()[1]}"):
            return await play(stage)
    finally:
        server.force_exit = True
        server.ended.set()
        await serving


@contextlib.asynccontextmanager
async def clients(loop: Leaping, url: str) -> AsyncIterator[None]:
    """Within it, `grader.graph` speaks to `url`, and the clock stands still while a call is on its way."""
    kept, ask, used = dict(os.environ), dag.ask, set()
    os.environ.update(
        {"OPENAI_BASE_URL": f"{url}/v1", "ANTHROPIC_BASE_URL": url, **dict.fromkeys(KEYS, "any")}
    )
    graph.client.cache_clear()

    async def counted(provider: str, body: graph.Body) -> Any:
        used.add(provider)
        with loop.working():
            return await ask(provider, body)

    dag.ask = counted
    try:
        yield
    finally:
        dag.ask = ask
        for provider in used:
            await graph.client(provider).close()
        graph.client.cache_clear()
        os.environ.clear()
        os.environ.update(kept)
