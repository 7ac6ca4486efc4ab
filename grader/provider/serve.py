"""How does the stand-in run? `grader provider` in a terminal, `running()` in the recorder and in tests."""

from __future__ import annotations

import argparse
import contextlib
import logging
import socket
import textwrap
import threading
import time
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from grader.models import model
from grader.provider.app import create_app
from grader.provider.library import Library

PORT = 8765


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `grader provider`."""
    parser.add_argument("--port", type=int, default=PORT, help=f"where to listen (default {PORT})")
    parser.add_argument(
        "--host", default="127.0.0.1", help="default 127.0.0.1: reachable from this machine only"
    )
    parser.add_argument("--seed", type=int, default=1, help="the voice in which scripts speak, from 1")
    parser.add_argument("--pace", type=float, default=1.0, help="scales scripted delays; 0 answers at once")


def run(args: argparse.Namespace) -> int:
    """`grader provider`."""
    return serve(args.port, args.seed, host=args.host, pace=args.pace)


def serve(port: int = PORT, seed: int = 1, *, host: str = "127.0.0.1", pace: float = 1.0) -> int:
    """Serve all scripts until interrupted; 1 when the port is taken."""
    library = Library()
    server = _server(create_app(library, voice=seed, pace=pace), host, port)
    try:
        sock = _bound(host, port)
    except OSError as reason:
        print(f"Port {port} of {host} cannot be used: {reason.strerror}. Choose another one with --port.")
        return 1
    print(banner(f"http://{host}:{sock.getsockname()[1]}", library, seed))
    server.run(sockets=[sock])
    return 0


def banner(url: str, library: Library, seed: int) -> str:
    """What the terminal shows: what this is, how a client gets here, what it can talk about."""
    titles = dict.fromkeys(scenario.title for scenario in library.all() if scenario.match)
    wrapped = [textwrap.fill(title, 78, initial_indent="  ", subsequent_indent="    ") for title in titles]
    lines = [
        f"Stand-in provider on {url}, voice {seed}.",
        "Its words come from scripts, not from a model. Any key will do.",
        "",
        f'  OpenAI:     OpenAI(base_url="{url}/v1", api_key="any")',
        f'  Anthropic:  Anthropic(base_url="{url}", api_key="any")',
        f"  shell:      export OPENAI_BASE_URL={url}/v1 OPENAI_API_KEY=any",
        f"              export ANTHROPIC_BASE_URL={url}",
        "              export ANTHROPIC_API_KEY=any",
        f"  raw prompt: POST {url}/generate",
        f"  models:     {model('fast')}, {model('fast', 'anthropic')}, and the others of grader/models.toml",
        "",
        "It has words for:",
        *(wrapped or ["  nothing yet: no script has a `match`"]),
    ]
    problems = [f"Not loaded: {problem}" for problem in library.problems()]
    return "\n".join([*lines, *problems, "", "Stop with Ctrl+C."])


@contextlib.contextmanager
def running(
    *,
    seed: int = 1,
    host: str = "127.0.0.1",
    library: Library | None = None,
    pace: float = 1.0,
    clock: Callable[[], float] = time.time,
) -> Iterator[str]:
    """A stand-in in a thread of this process, on a free port; yields its base URL without `/v1`."""
    app = create_app(library, voice=seed, pace=pace, clock=clock)
    server = _server(app, host, 0)
    sock = _bound(host, 0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError(f"The stand-in provider did not start on {host}.")
            time.sleep(0.005)
        yield f"http://{host}:{sock.getsockname()[1]}"
    finally:
        app.state.desk.closing = True
        server.should_exit = True
        thread.join(timeout=5)
        sock.close()


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises OSError."""
    sock = socket.create_server((host, port), backlog=512)
    # Connections inherit this. asyncio leaves it off for sockets it did not make, and a reply then waits
    # 40 ms for the client's acknowledgement: measured 53 ms per call without, 16 ms with it.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _server(app: FastAPI, host: str, port: int) -> uvicorn.Server:
    """A quiet server: a connection that a script cuts is no news."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="error",
        access_log=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
    )
    logging.getLogger("uvicorn.error").addFilter(_expected)
    return uvicorn.Server(config)


def _expected(record: logging.LogRecord) -> bool:
    """False for the complaint about a response that a script left unfinished."""
    return "without completing response" not in record.getMessage()
