"""Structured output: declare it, validate it, correct it, and lose nothing of what could not be read.

Support e-mails become tickets. The shop, its customers and their mails are made up.
Grade it: pytest exercises/06_structured
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Literal

from openai import APIError, OpenAI
from pydantic import BaseModel, Field, ValidationError, ValidationInfo, field_validator

from grader.letters import (
    PROMPT,
    Attempt,
    Mail,
    NoSuchMail,
    NotDead,
    brief,
    known,
    letter,
    mail_of,
    note,
    opened,
    review_desk,
    tried,
)
from grader.models import Usage, model

# What strict mode knows of JSON Schema, as far as a form may need it.
STRICT = {"$defs", "$ref", "additionalProperties", "anyOf", "const", "description", "enum", "format", "items",
          "pattern", "properties", "required", "title", "type"}  # fmt: skip
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NUMBERS = ["a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
DOUBTS = {"not", "no", "never", "after", "before", "since", "last", "except", "every", "ago", "or"}
Messages = list[dict[str, str]]
Clock = Callable[[], float]


class Unreadable(ValueError):
    """A reply that is no ticket; its words are fit to be sent back to the model."""


class Ticket(BaseModel, extra="forbid", strict=True):
    """What the shop works with."""

    # Five fields, all required, nothing else allowed, no value of another type taken:
    # order     None, or two capital letters (A-Z), a hyphen and six digits (0-9); it stands in the mail
    # category  "delivery", "refund", "defect", "account" or "other"
    # urgency   "low", "normal" or "high"
    # summary   1 to 120 characters on one line, not blank
    # wanted_by None, or 1 to 80 characters on one line, not blank: the customer's words, as in the mail
    # A schema cannot see what a model invents. Where a validation has the context {"mail": mail}, it demands
    # that `order` and `wanted_by` stand in the subject or in the body: word for word, in whole words (no
    # letter and no digit touches them), where neither case matters nor which white space is between words.

    # Task 1: declare the fields and their rules here.


@dataclass
class Extraction:
    """A ticket, the day until which it is wanted, if there is one, and all attempts that it took."""

    ticket: Ticket
    due: date | None
    attempts: list[Attempt] = field(default_factory=list)


class Unusable(RuntimeError):
    """No ticket came out of a mail; `attempts` holds what was tried, and the message says why it ended."""

    def __init__(self, attempts: list[Attempt]) -> None:
        super().__init__(f"{len(attempts)} attempts, the last of which failed: {attempts[-1].problem}")
        self.attempts = attempts


@cache
def client() -> OpenAI:
    """Made at the first call, so that the import needs no key. It repeats a 429 or a 500, twice."""
    return OpenAI()


def read(text: str, mail: Mail) -> Ticket:
    """The ticket that `text` is: one JSON object, as `Ticket` demands it for this mail.

    Anything else raises Unreadable, which names every wrong field, what came for it and the rule; for
    `category` and `urgency` the rule names all values. Nothing is repaired: no fence, no prose, no cut end.
    """
    raise NotImplementedError("Task 1: validate, or say what is wrong in words fit for a model")


def judged(attempt: Attempt, mail: Mail) -> Ticket | None:
    """The ticket of an attempt that has no problem; if it cannot be read, the attempt gets the problem."""
    try:
        return None if attempt.problem else read(attempt.text, mail)
    except Unreadable as reason:
        attempt.problem = str(reason)
        return None


def due(phrase: str | None, received: str) -> date | None:
    """The day that a customer's words mean, counted from the day (ISO) on which the mail was received.

    today, tomorrow   as they say
    in N days         N in at most three digits, or one of NUMBERS; also day, week and weeks
    Friday            the first Friday after that day, never that day itself
    next Friday       the Friday of the next calendar week; a week begins on Monday
    2026-03-20        itself, if the calendar has it
    Whole words count, without case, and other words around them do not matter ("by Friday, please").
    None for all that it does not know, for words that mean two different days, for one of DOUBTS anywhere
    ("not before Friday"), and for None. The model computes no date: nobody could test it.
    """
    raise NotImplementedError("Task 2: find the one day that the words mean")


def schema() -> dict[str, Any]:
    """The `response_format` of a call: the form as a json_schema with a name, strict.

    Strict mode wants every property required and every object closed (additionalProperties false), and takes
    the keywords of STRICT alone: what it does not take is left out, and `read` holds it all the same.
    """
    raise NotImplementedError("Task 3: turn the form into a strict response_format")


def heard(completion: Any) -> Attempt:
    """What one answered call brought, with its tokens; a problem keeps its text from being a whole answer.

    A refusal, and a finish_reason of content_filter, are `refused`; a refusal's words are in the problem.
    Any other finish_reason but "stop" has cut the text, and no text at all is a problem, too.
    """
    raise NotImplementedError("Task 3: tell a whole answer from a refusal, a cut and nothing")


def ask(messages: Messages) -> Attempt:
    """One call of the fast tier with `schema`, as `heard`; nothing is read here. An APIError passes.

    No temperature is sent: current models refuse it.
    """
    raise NotImplementedError("Task 3: make one call with the schema")


def extract(mail: Mail, tries: int = 3) -> Extraction:
    """The ticket of a mail, in at most `tries` calls, the first of which sends `brief`.

    What came and was no ticket goes back in the assistant's role (unless nothing came), and the problem of
    the attempt, as `judged` leaves it, in the user's role after it. A refusal is not asked again.
    Raises Unusable with every attempt when nothing is left to try.
    An APIError is none of this and passes: the mail can be tried later.
    """
    raise NotImplementedError("Task 4: send back what came with what is wrong with it, and count")


def extract_with_instructor(mail: Mail, tries: int = 3) -> Extraction:
    """As `extract`, by the library: instructor in its JSON_SCHEMA mode, with `Ticket` and `read`'s context.

    At most `tries` calls; which failures it asks again is the library's choice. `attempts` has one entry per
    answered call with the tokens of that call, `judged` (the library adds the tokens up in the last answer).
    The library takes messages for templates where there is a context: `brief` reaches the model word for
    word, whatever braces are in it. Raises Unusable when no ticket comes out, and an APIError as itself.
    """
    raise NotImplementedError("Task 5: let instructor ask, and account for what it did")


def accept(path: str, mails: list[Mail]) -> int:
    """Put mails into the store, waiting, all or none; how many are new. A known id changes nothing."""
    raise NotImplementedError("Task 6: keep new mails, all or none")


def post(store: Any, mail: Mail, ticket: Ticket, day: date | None) -> None:
    """Put a ticket into the outbox, as JSON, with the day (ISO) or NULL; the mail is done."""
    raise NotImplementedError("Task 6: put the ticket into the outbox, and the mail is done")


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    """Take up every mail that waits, in the order of acceptance; how many of them "done", "dead", "waiting".

    What `extract` finds is posted. What is Unusable becomes a dead letter, with the problem of its last
    attempt as `why` and `clock()` as `since`, and the mail is dead. Either way all attempts are noted.
    What becomes of one mail is one transaction, before the next one is asked about, and none is open while a
    model is asked: who is killed loses one mail's answers, and no mail is half done. A mail that waits no
    more when its answer comes is left as it is, and is not counted. After an APIError the mail waits on,
    untouched, and the next one is taken up; any other exception is a fault of ours, and comes out.
    """
    raise NotImplementedError("Task 6: make tickets or dead letters, each in one transaction")


def deliver(path: str, desk: Callable[[str, dict[str, Any]], Any]) -> int:
    """Hand every undelivered ticket to `desk(key, ticket)`, oldest first; how many it took.

    The key is the mail's id: who is killed between the desk and the mark delivers again under the same key,
    and the desk sees that. The ticket is the form's five fields and `due` (an ISO date or None).
    Each is marked by itself after the desk took it, and no transaction is open while the desk works.
    When the desk raises an Exception, the ticket stays undelivered, and the next one is handed over.
    """
    raise NotImplementedError("Task 6: hand over first, mark afterwards")


def claimed(store: Any, mail_id: str) -> Mail:
    """The mail of a dead letter, which nobody else can decide about until the transaction ends.

    Raises NoSuchMail for an id that no mail has, and NotDead for a mail that is not dead, or not any more.
    """
    raise NotImplementedError("Task 7: claim the letter for this transaction, or say why not")


def correct(path: str, mail_id: str, text: str) -> None:
    """Take a person's ticket, as JSON, for the dead letter that is `claimed`, in one transaction.

    People mistype, too: what `read` refuses for this mail raises its Unreadable. Else the dead letter is
    gone, the ticket is posted with its `due`, and `pairs` has the last attempt's text (wrong) and the ticket
    as JSON (right). Whatever is raised, nothing has changed.
    """
    raise NotImplementedError("Task 7: read, post, bury no more, keep the pair: all or nothing")


def redrive(path: str, mail_id: str) -> None:
    """Let the mail of the dead letter that is `claimed` wait again, in one transaction; its attempts stay."""
    raise NotImplementedError("Task 7: let the mail wait again, all or nothing")


def create_app(path: str, clock: Clock = time.time) -> Any:
    """The given `review_desk` over this store, an ASGI app: for people, who read what no model could."""
    return review_desk(path, correct, redrive, clock)
