"""What module 06 is given: support e-mails, the file in which none may get lost, and a page for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypedDict

# One attempt is one paid call. What waits in `tickets` with delivered = 0 is the outbox.
SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    id TEXT PRIMARY KEY, received TEXT NOT NULL, sender TEXT NOT NULL, subject TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dead')));
CREATE TABLE IF NOT EXISTS attempts (
    mail_id TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, problem TEXT NOT NULL,
    input_tokens INTEGER NOT NULL, output_tokens INTEGER NOT NULL, PRIMARY KEY (mail_id, number));
CREATE TABLE IF NOT EXISTS tickets (
    mail_id TEXT PRIMARY KEY, ticket TEXT NOT NULL, due TEXT, delivered INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS dead (mail_id TEXT PRIMARY KEY, why TEXT NOT NULL, since REAL NOT NULL);
CREATE TABLE IF NOT EXISTS pairs (
    number INTEGER PRIMARY KEY, mail_id TEXT NOT NULL, wrong TEXT NOT NULL, right TEXT NOT NULL);
"""
PAGE = Path(__file__).with_suffix(".html")


class Mail(TypedDict):
    """One e-mail to the shop's support, a dict: mail["body"]. `received` is the day it came, an ISO date."""

    id: str
    received: str
    sender: str
    subject: str
    body: str


@contextmanager
def opened(path: str) -> Iterator[sqlite3.Connection]:
    """The store in this file, with the tables of SCHEMA: kept when the block ends, undone when it fails.

    One block is one transaction, and a row is read by its columns' names: row["id"].
    """
    with closing(sqlite3.connect(path)) as store:
        store.row_factory = sqlite3.Row
        store.executescript(SCHEMA)
        with store:
            yield store


def page() -> str:
    """The review page, which asks GET /dead and GET /monitor, and sends what a person decides."""
    return PAGE.read_text(encoding="utf-8")
