"""The process that is killed: accept, work, deliver, and two naive orders of the same beside it.

Run by kill.py. It reads jobs from its input, a JSON object per line, and forks a child for each, so that a
kill does not cost the import of an SDK. The child is a process like any other: SIGKILL ends it anywhere.
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from pathlib import Path
from typing import Any

from desk import send
from mails import cases

from grader.course import Module
from grader.letters import Mail, opened

STRUCTURED = Module(Path(__file__).parent.name)
sys.path.insert(0, str(STRUCTURED.solution))
import structured  # noqa: E402 - found by the line above

Address = tuple[str, int]


def whole(store: str, mails: list[Mail], desk: Address) -> None:
    """The reference: it can be begun again at any time."""
    structured.accept(store, mails)
    structured.work(store)
    structured.deliver(store, lambda key, ticket: send(desk, key, ticket))


def deliver_then_mark(store: str, mails: list[Mail], desk: Address) -> None:
    """No key: whoever dies between both lines delivers again."""
    for mail in _waiting(store, mails):
        send(desk, uuid.uuid4().hex, _ticket(mail))
        _mark(store, mail)


def mark_then_deliver(store: str, mails: list[Mail], desk: Address) -> None:
    """The state before the result: whoever dies between both lines has nothing left to deliver."""
    for mail in _waiting(store, mails):
        _mark(store, mail)
        send(desk, uuid.uuid4().hex, _ticket(mail))


WAYS = {each.__name__: each for each in (whole, deliver_then_mark, mark_then_deliver)}


def _waiting(path: str, mails: list[Mail]) -> list[Mail]:
    structured.accept(path, mails)
    with opened(path) as store:
        left = {key for (key,) in store.execute("SELECT id FROM mail WHERE state = 'waiting'")}
    return [mail for mail in mails if mail["id"] in left]


def _mark(path: str, mail: Mail) -> None:
    with opened(path) as store:
        store.execute("UPDATE mail SET state = 'done' WHERE id = ?", [mail["id"]])


def _ticket(mail: Mail) -> dict[str, Any]:
    """The mail's ticket, and a note where there is none: every mail is to arrive once."""
    try:
        found = structured.extract(mail).ticket.model_dump()
    except structured.Unusable as reason:
        found = {"summary": str(reason)}
    return found | {"mail": mail["id"]}


def main() -> None:
    """Fork a child per job, say its number, and say how it ended when asked."""
    every = {case.mail["id"]: case.mail for case in cases()}
    _ticket(next(iter(every.values())))  # what takes long once, such as imports, is done before the fork
    structured.client().close()
    structured.client.cache_clear()
    structured.client()  # without a connection: each child opens its own
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if not child:
            WAYS[job["way"]](job["store"], [every[key] for key in job["mails"]], tuple(job["desk"]))
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # until then the child's number is nobody else's, even when it has ended
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
