"""The system that gets the tickets: an HTTP server with a file of its own, which outlives whoever is killed.

It keeps every arrival, and one ticket per key: a second arrival under the same key changes nothing.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW = 0.01  # seconds between keeping a ticket and saying so: no network answers at once
SCHEMA = """
CREATE TABLE IF NOT EXISTS arrivals (number INTEGER PRIMARY KEY, key TEXT, ticket TEXT);
CREATE TABLE IF NOT EXISTS tickets (key TEXT PRIMARY KEY, ticket TEXT);
"""
Told = Callable[[], None]


class Desk:
    """The receiver's file; `told` is called after a ticket is kept and before the sender hears of it."""

    def __init__(self, path: str, told: Told = lambda: time.sleep(SLOW)) -> None:
        self.path, self.told, self.lock, self.address = path, told, threading.Lock(), ("", 0)
        with closing(sqlite3.connect(path)) as store:
            store.executescript(f"PRAGMA journal_mode=WAL; {SCHEMA}")

    # --8<-- [start:take]
    def take(self, key: str, ticket: str) -> None:
        """Keep the arrival, and the ticket under its key, if the key is new."""
        with self.lock, closing(sqlite3.connect(self.path)) as store, store:
            store.execute("INSERT INTO arrivals (key, ticket) VALUES (?, ?)", [key, ticket])
            store.execute("INSERT OR IGNORE INTO tickets VALUES (?, ?)", [key, ticket])

    # --8<-- [end:take]

    def rows(self, table: str) -> list[tuple[str, Any]]:
        """Key and ticket of every row of `arrivals` or `tickets`, in order."""
        with closing(sqlite3.connect(self.path)) as store:
            found = store.execute(f"SELECT key, ticket FROM {table} ORDER BY rowid").fetchall()
        return [(key, json.loads(ticket)) for key, ticket in found]


@contextmanager
def opened(path: str, told: Told | None = None) -> Iterator[Desk]:
    """The desk at a free port, in a thread."""
    desk = Desk(path, told) if told else Desk(path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            ticket = self.rfile.read(int(self.headers["content-length"])).decode()
            desk.take(self.headers["idempotency-key"], ticket)
            desk.told()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """A killed sender is no news."""

    class Server(ThreadingHTTPServer):
        daemon_threads, request_queue_size = True, 128

        def handle_error(self, *_: Any) -> None:
            """Nobody is left to read the answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        desk.address = server.server_address
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield desk
        finally:
            server.shutdown()


def send(address: tuple[str, int], key: str, ticket: dict[str, Any]) -> None:
    """One ticket to the desk, under a key. Raises OSError when the desk did not say that it has it."""
    with closing(HTTPConnection(*address, timeout=5)) as line:
        line.request("POST", "/tickets", json.dumps(ticket), {"idempotency-key": key})
        if line.getresponse().status != 204:
            raise OSError("the desk did not take it")
