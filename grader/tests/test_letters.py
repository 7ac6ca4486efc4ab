"""What module 06 is given: the review desk, whose reading is ours and whose decisions are the learner's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.contract.visit import visit
from grader.letters import Attempt, Mail, NoSuchMail, NotDead, brief, note, opened, page, review_desk
from grader.models import Usage

LATE = Mail(id="m-1", received="2026-11-18", sender="ada@example.com", subject="Order", body="Where is it?")
GRINDER = Mail(id="m-2", received="2026-11-18", sender="bo@example.com", subject="Broken", body="It died.")


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "mail.db")


def put(path: str, mail: Mail, state: str = "waiting") -> None:
    with opened(path) as store:
        store.execute("INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?)", [*mail.values(), state])


def bury(path: str, mail: Mail, since: float, *problems: str) -> None:
    """A dead letter with an attempt for each problem."""
    put(path, mail, "dead")
    with opened(path) as store:
        tries = [Attempt(f"text {n}", why, Usage(100 + n, 10 + n)) for n, why in enumerate(problems, 1)]
        note(store, mail["id"], tries)
        store.execute("INSERT INTO dead VALUES (?, ?, ?)", [mail["id"], problems[-1], since])


def nothing(*_: str) -> None:
    """A decision that changes nothing."""


def desk(path: str, decide: Any = nothing) -> Any:
    return review_desk(path, decide, decide, clock=lambda: 1000.0)


async def got(app: Any, where: str) -> Any:
    return json.loads((await visit(app, where)).text)


async def test_the_page_is_served_as_html(path: str) -> None:
    seen = await visit(desk(path), "/")

    assert (seen.status, seen.text) == (200, page())
    assert seen.headers["content-type"].startswith("text/html")


async def test_dead_letters_are_listed_oldest_first(path: str) -> None:
    """With their ages by the clock, and how often each was tried."""
    bury(path, LATE, 900.0, "no JSON", "no order")
    bury(path, GRINDER, 400.0, "cut", "no order", "no JSON")

    assert await got(desk(path), "/dead") == [
        {"id": "m-2", "subject": "Broken", "why": "no JSON", "age": 600.0, "attempts": 3},
        {"id": "m-1", "subject": "Order", "why": "no order", "age": 100.0, "attempts": 2},
    ]


async def test_an_empty_store_has_no_oldest(path: str) -> None:
    """An age of 0 would be a letter that died now."""
    app = desk(path)

    assert await got(app, "/dead") == []
    assert await got(app, "/monitor") == {"depth": 0, "oldest": None, "waiting": 0, "undelivered": 0}
    assert (await visit(app, "/pairs")).text == ""


async def test_one_letter_is_shown_with_every_attempt(path: str) -> None:
    bury(path, GRINDER, 400.0, "no JSON", "no order")
    shown = await got(desk(path), "/dead/m-2")

    assert (shown["mail"], shown["why"]) == (GRINDER, "no order")
    assert shown["attempts"] == [
        {"number": 1, "text": "text 1", "problem": "no JSON", "input_tokens": 101, "output_tokens": 11},
        {"number": 2, "text": "text 2", "problem": "no order", "input_tokens": 102, "output_tokens": 12},
    ]


async def test_the_monitor_sees_both_sides_of_the_model(path: str) -> None:
    bury(path, LATE, 900.0, "no order")
    put(path, GRINDER)
    with opened(path) as store:
        store.executemany("INSERT INTO tickets VALUES (?, '{}', NULL, ?)", [("m-5", 1), ("m-6", 0)])

    seen = await got(desk(path), "/monitor")
    assert seen == {"depth": 1, "oldest": 100.0, "waiting": 1, "undelivered": 1}


async def test_pairs_are_told_as_chats(path: str) -> None:
    """The right ticket is what the assistant should have said."""
    put(path, LATE, "done")
    with opened(path) as store:
        store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES ('m-1', 'wrong', 'right')")

    told = json.loads((await visit(desk(path), "/pairs")).text)
    assert told == {"messages": [*brief(LATE), {"role": "assistant", "content": "right"}]}


async def test_decisions_are_handed_over(path: str) -> None:
    """The file, the id, and for a correction the body as it came."""
    seen: list[tuple[str, ...]] = []
    app = desk(path, lambda *given: seen.append(given))

    assert (await visit(app, "/dead/m-1/correct", posting=b"{ \xff")).status == 200
    assert (await visit(app, "/dead/m-1/redrive", posting=b"")).status == 200
    assert seen == [(path, "m-1", "{ \ufffd"), (path, "m-1")]


@pytest.mark.parametrize("what", ["correct", "redrive"])
@pytest.mark.parametrize(
    ("reason", "status"), [(NoSuchMail("x"), 404), (NotDead("x"), 409), (ValueError("x"), 422)]
)
async def test_what_a_decision_raises_is_a_status_with_its_words(
    path: str, what: str, reason: Exception, status: int
) -> None:
    def refuse(*_: str) -> None:
        raise reason

    seen = await visit(desk(path, refuse), f"/dead/m-1/{what}", posting=b"")
    assert (seen.status, json.loads(seen.text)) == (status, {"detail": str(reason)})


async def test_reading_what_is_not_dead_is_told_from_what_is_not_there(path: str) -> None:
    put(path, LATE)

    assert (await visit(desk(path), "/dead/m-9")).status == 404
    assert (await visit(desk(path), "/dead/m-1")).status == 409
