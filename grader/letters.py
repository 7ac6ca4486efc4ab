"""What module 06 is given: support e-mails, the file in which none may get lost, and a page for people."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from anyio.to_thread import run_sync

from grader.models import Usage

if TYPE_CHECKING:
    from fastapi import FastAPI

PROMPT = """You turn a mail to a shop's support into a ticket. Copy an order number as it stands in the mail,
and the words that say until when something is wanted ("by next Friday"). What the mail does not say is null:
invent no number, and compute no date."""

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


class NoSuchMail(LookupError):
    """No mail has this id."""


class NotDead(LookupError):
    """The mail is not dead, or not any more: perhaps somebody else was faster."""


class Mail(TypedDict):
    """One e-mail to the shop's support, a dict: mail["body"]. `received` is the day it came, an ISO date."""

    id: str
    received: str
    sender: str
    subject: str
    body: str


@dataclass
class Attempt:
    """One paid call: what the model wrote ("" for nothing), what is wrong with it ("" for nothing), tokens.

    `refused` is what asking again does not change.
    """

    text: str
    problem: str
    usage: Usage
    refused: bool = False


def letter(mail: Mail) -> str:
    """All that the model gets of a mail: it needs neither the sender nor the date, so they are not sent."""
    return f"Subject: {mail['subject']}\n\n{mail['body']}"


def brief(mail: Mail) -> list[dict[str, str]]:
    """The messages that every conversation about a mail begins with."""
    return [{"role": "system", "content": PROMPT}, {"role": "user", "content": letter(mail)}]


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


def note(store: sqlite3.Connection, mail_id: str, attempts: list[Attempt]) -> None:
    """Write down attempts, numbered from 1 for each mail: the numbers go on where they ended."""
    last = len(tried(store, mail_id))
    for number, each in enumerate(attempts, last + 1):
        row = (mail_id, number, each.text, each.problem, each.usage.input_tokens, each.usage.output_tokens)
        store.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?)", row)


def tried(store: sqlite3.Connection, mail_id: str) -> list[dict[str, Any]]:
    """The attempts at a mail in order, with number, text, problem, input_tokens and output_tokens."""
    rows = store.execute("SELECT * FROM attempts WHERE mail_id = ? ORDER BY number", [mail_id])
    return [{name: row[name] for name in row.keys()[1:]} for row in rows]


def known(store: sqlite3.Connection, mail_id: str) -> Mail | None:
    """The mail of this id, or None."""
    row = store.execute("SELECT * FROM mail WHERE id = ?", [mail_id]).fetchone()
    return mail_of(row) if row else None


def mail_of(row: sqlite3.Row) -> Mail:
    """The mail in a row that holds all columns of the table `mail`."""
    id, received, sender, subject, body = (row[name] for name in Mail.__annotations__)
    return Mail(id=id, received=received, sender=sender, subject=subject, body=body)


def dead_letters(store: sqlite3.Connection, now: float) -> list[dict[str, Any]]:
    """The dead letters, oldest first: id, subject, why, age in seconds, and how many attempts there were."""
    query = (
        "SELECT id, subject, why, ? - since AS age, (SELECT COUNT(*) FROM attempts WHERE mail_id = id)"
        " AS attempts FROM dead JOIN mail ON id = mail_id ORDER BY since, dead.rowid"
    )
    return [dict(row) for row in store.execute(query, [now])]


def figures(store: sqlite3.Connection, now: float) -> dict[str, Any]:
    """What a monitor shows: depth, age of the oldest in seconds (None without any), waiting, undelivered."""
    query = (
        "SELECT (SELECT COUNT(*) FROM dead) AS depth, ? - (SELECT MIN(since) FROM dead) AS oldest,"
        " (SELECT COUNT(*) FROM mail WHERE state = 'waiting') AS waiting,"
        " (SELECT COUNT(*) FROM tickets WHERE delivered = 0) AS undelivered"
    )
    return dict(store.execute(query, [now]).fetchone())


def page() -> str:
    """The review page, which asks GET /dead and GET /monitor, and sends what a person decides."""
    return PAGE.read_text(encoding="utf-8")


def review_desk(
    path: str,
    correct: Callable[[str, str, str], None],
    redrive: Callable[[str, str], None],
    clock: Callable[[], float] = time.time,
) -> FastAPI:
    """The review desk over the store in this file, as a web app. Who may use it is not its business.

    GET /                    `page`, as HTML
    GET /dead                `dead_letters`
    GET /dead/{id}           {mail, why, attempts}: the mail's five fields, and what was `tried`
    GET /monitor             `figures`
    GET /pairs               JSON Lines, oldest first: {"messages": [...]}, which are `brief` of the mail, and
                             the right ticket, as JSON, in the assistant's role
    POST /dead/{id}/correct  `correct(path, id, body)`, the body as text
    POST /dead/{id}/redrive  `redrive(path, id)`
    NoSuchMail is a 404, NotDead a 409, and a ValueError a 422 with its words. Ages are told by `clock`.
    """
    from fastapi import FastAPI  # late: who only works through mails needs no web server
    from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

    app = FastAPI()
    for kind, status in ((NoSuchMail, 404), (NotDead, 409), (ValueError, 422)):
        app.add_exception_handler(kind, _answer(JSONResponse, status))

    @app.get("/", response_class=HTMLResponse)
    def look() -> str:
        return page()

    @app.get("/dead")
    def dead() -> list[dict[str, Any]]:
        with opened(path) as store:
            return dead_letters(store, clock())

    @app.get("/dead/{mail_id}")
    def one(mail_id: str) -> dict[str, Any]:
        with opened(path) as store:
            if (mail := known(store, mail_id)) is None:
                raise NoSuchMail(f"{mail_id} is no mail's id.")
            row = store.execute("SELECT why FROM dead WHERE mail_id = ?", [mail_id]).fetchone()
            if row is None:
                raise NotDead(f"{mail_id} is not dead, or not any more.")
            return {"mail": mail, "why": row["why"], "attempts": tried(store, mail_id)}

    @app.get("/monitor")
    def monitor() -> dict[str, Any]:
        with opened(path) as store:
            return figures(store, clock())

    @app.get("/pairs")
    def pairs() -> PlainTextResponse:
        with opened(path) as store:
            lines = [json.dumps({"messages": chat}, ensure_ascii=False) + "\n" for chat in chats(store)]
        return PlainTextResponse("".join(lines), media_type="application/x-ndjson")

    async def corrected(request: Any) -> Any:  # a plain route: the body comes as it was sent, JSON or not
        text = (await request.body()).decode(errors="replace")
        await run_sync(correct, path, request.path_params["mail_id"], text)
        return JSONResponse({"state": "done"})

    app.add_route("/dead/{mail_id}/correct", corrected, methods=["POST"])

    @app.post("/dead/{mail_id}/redrive")
    def redriven(mail_id: str) -> dict[str, str]:
        redrive(path, mail_id)
        return {"state": "waiting"}

    return app


def chats(store: sqlite3.Connection) -> list[list[dict[str, str]]]:
    """Every training pair as a conversation that ends with the right ticket, oldest first."""
    kept = store.execute("SELECT * FROM pairs JOIN mail ON id = mail_id ORDER BY number")
    return [[*brief(mail_of(row)), {"role": "assistant", "content": row["right"]}] for row in kept]


def _answer(response: Callable[..., Any], status: int) -> Callable[..., Any]:
    return lambda _request, reason: response({"detail": str(reason)}, status)
