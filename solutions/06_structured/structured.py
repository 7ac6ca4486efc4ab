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

    order: str | None = Field(pattern="^[A-Z]{2}-[0-9]{6}$", description="as it stands in the mail")
    category: Literal["delivery", "refund", "defect", "account", "other"]
    urgency: Literal["low", "normal", "high"]
    summary: str = Field(max_length=120, description="one line of at most 120 characters")
    wanted_by: str | None = Field(max_length=80, description="the customer's words, at most 80 characters")

    @field_validator("summary", "wanted_by")
    @classmethod
    def one_line(cls, value: str | None) -> str | None:
        if value is not None and (not value.strip() or len(value.splitlines()) > 1):
            raise ValueError("it has to be one line, and not a blank one")
        return value

    @field_validator("order", "wanted_by")
    @classmethod
    def stands_in_the_mail(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and (mail := (info.context or {}).get("mail")):
            words = r"\s+".join(map(re.escape, value.split()))
            whole = re.compile(rf"(?<![^\W_]){words}(?![^\W_])", re.IGNORECASE)
            if not (whole.search(mail["subject"]) or whole.search(mail["body"])):
                raise ValueError("it does not stand in the mail: copy it word for word, or say null")
        return value


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
    try:
        return Ticket.model_validate_json(text, context={"mail": mail})
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])) or "the reply", each) for each in error.errors()]
        words = [f"{place}: {each['msg']}. It is {each['input']!r}." for place, each in faults]
        raise Unreadable("\n".join(words)) from None


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
    text, start = (phrase or "").casefold(), date.fromisoformat(received)
    if DOUBTS & set(re.findall(r"\w+", text)):
        return None
    found = {start + timedelta(ahead) for ahead, word in enumerate(("today", "tomorrow"))
             if re.search(rf"\b{word}\b", text)}  # fmt: skip
    for number, unit in re.findall(rf"\bin\s+([0-9]{{1,3}}|{'|'.join(NUMBERS)})\s+(day|week)s?\b", text):
        many = int(number) if number[0] in "0123456789" else max(1, NUMBERS.index(number))
        found.add(start + timedelta(weeks=many) if unit == "week" else start + timedelta(many))
    for following, name in re.findall(rf"\b(next\s+)?({'|'.join(WEEKDAYS)})\b", text):
        ahead = WEEKDAYS.index(name) - start.weekday()
        found.add(start + timedelta(ahead + 7 if following or ahead <= 0 else ahead))
    for written in re.findall(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b", text):
        try:
            found.add(date.fromisoformat(written))
        except ValueError:
            return None
    return found.pop() if len(found) == 1 else None


def schema() -> dict[str, Any]:
    """The `response_format` of a call: the form as a json_schema with a name, strict.

    Strict mode wants every property required and every object closed (additionalProperties false), and takes
    the keywords of STRICT alone: what it does not take is left out, and `read` holds it all the same.
    """

    def trimmed(part: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in part.items() if key in STRICT}
        if "properties" in kept:
            kept["properties"] = {name: trimmed(inner) for name, inner in kept["properties"].items()}
        if "anyOf" in kept:
            kept["anyOf"] = [trimmed(inner) for inner in kept["anyOf"]]
        return kept

    bare = trimmed(Ticket.model_json_schema())
    return {"type": "json_schema", "json_schema": {"name": "ticket", "strict": True, "schema": bare}}


def heard(completion: Any) -> Attempt:
    """What one answered call brought, with its tokens; a problem keeps its text from being a whole answer.

    A refusal, and a finish_reason of content_filter, are `refused`; a refusal's words are in the problem.
    Any other finish_reason but "stop" has cut the text, and no text at all is a problem, too.
    """
    choice, used = completion.choices[0], completion.usage
    text, refusal = choice.message.content or "", choice.message.refusal
    refused, problem = bool(refusal) or choice.finish_reason == "content_filter", ""
    if refused:
        problem = f"The model refused: {refusal or choice.finish_reason}"
    elif choice.finish_reason != "stop":
        problem = f"The reply was cut ({choice.finish_reason}): say it shorter."
    elif not text:
        problem = "The reply is empty: say the ticket."
    # No cache keeps a prompt as short as this, so there are two numbers to tell.
    return Attempt(text, problem, Usage(used.prompt_tokens, used.completion_tokens), refused)


def ask(messages: Messages) -> Attempt:
    """One call of the fast tier with `schema`, as `heard`; nothing is read here. An APIError passes.

    No temperature is sent: current models refuse it.
    """
    create = client().chat.completions.create
    return heard(create(model=model("fast"), messages=messages, response_format=schema()))


def extract(mail: Mail, tries: int = 3) -> Extraction:
    """The ticket of a mail, in at most `tries` calls, the first of which sends `brief`.

    What came and was no ticket goes back in the assistant's role (unless nothing came), and the problem of
    the attempt, as `judged` leaves it, in the user's role after it. A refusal is not asked again.
    Raises Unusable with every attempt when nothing is left to try.
    An APIError is none of this and passes: the mail can be tried later.
    """
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries):
        attempts.append(attempt := ask(messages))
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if attempt.refused:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)


def extract_with_instructor(mail: Mail, tries: int = 3) -> Extraction:
    """As `extract`, by the library: instructor in its JSON_SCHEMA mode, with `Ticket` and `read`'s context.

    At most `tries` calls; which failures it asks again is the library's choice. `attempts` has one entry per
    answered call with the tokens of that call, `judged` (the library adds the tokens up in the last answer).
    The library takes messages for templates where there is a context: `brief` reaches the model word for
    word, whatever braces are in it. Raises Unusable when no ticket comes out, and an APIError as itself.
    """
    import instructor  # late: it takes a second, and nothing else needs it
    from instructor.core import InstructorError

    attempts: list[Attempt] = []
    caller = instructor.from_openai(client(), mode=instructor.Mode.JSON_SCHEMA)
    caller.on("completion:response", lambda completion: attempts.append(heard(completion)))
    try:
        ticket = caller.chat.completions.create(
            model=model("fast"), response_model=Ticket, max_retries=tries - 1,
            messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": "{{ letter }}"}],
            context={"mail": mail, "letter": letter(mail)},
        )  # fmt: skip
    except InstructorError as reason:
        if isinstance(reason.__cause__, APIError):
            raise reason.__cause__ from None
        ticket = None
    for attempt in attempts:
        judged(attempt, mail)
    if ticket is None:
        raise Unusable(attempts)
    return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)


def accept(path: str, mails: list[Mail]) -> int:
    """Put mails into the store, waiting, all or none; how many are new. A known id changes nothing."""
    new = (
        "INSERT INTO mail (id, received, sender, subject, body) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING"
    )
    with opened(path) as store:
        return sum(
            store.execute(new, [each[name] for name in Mail.__annotations__]).rowcount for each in mails
        )


def post(store: Any, mail: Mail, ticket: Ticket, day: date | None) -> None:
    """Put a ticket into the outbox, as JSON, with the day (ISO) or NULL; the mail is done."""
    outbox = "INSERT INTO tickets (mail_id, ticket, due) VALUES (?, ?, ?)"
    store.execute(outbox, [mail["id"], ticket.model_dump_json(), day and day.isoformat()])
    store.execute("UPDATE mail SET state = 'done' WHERE id = ?", [mail["id"]])


def work(path: str, tries: int = 3, clock: Clock = time.time) -> dict[str, int]:
    """Take up every mail that waits, in the order of acceptance; how many of them "done", "dead", "waiting".

    What `extract` finds is posted. What is Unusable becomes a dead letter, with the problem of its last
    attempt as `why` and `clock()` as `since`, and the mail is dead. Either way all attempts are noted.
    What becomes of one mail is one transaction, before the next one is asked about, and none is open while a
    model is asked: who is killed loses one mail's answers, and no mail is half done. A mail that waits no
    more when its answer comes is left as it is, and is not counted. After an APIError the mail waits on,
    untouched, and the next one is taken up; any other exception is a fault of ours, and comes out.
    """
    counts = {"done": 0, "dead": 0, "waiting": 0}
    with opened(path) as store:
        mails = [*map(mail_of, store.execute("SELECT * FROM mail WHERE state = 'waiting' ORDER BY rowid"))]
    for mail in mails:
        found = None
        try:
            attempts = (found := extract(mail, tries)).attempts
        except Unusable as reason:
            attempts = reason.attempts
        except APIError:
            counts["waiting"] += 1
            continue
        with opened(path) as store:
            mine = "UPDATE mail SET state = 'dead' WHERE id = ? AND state = 'waiting'"
            if not store.execute(mine, [mail["id"]]).rowcount:
                continue
            note(store, mail["id"], attempts)
            if found:
                post(store, mail, found.ticket, found.due)
            else:
                store.execute(
                    "INSERT INTO dead VALUES (?, ?, ?)", [mail["id"], attempts[-1].problem, clock()]
                )
        counts["done" if found else "dead"] += 1
    return counts


def deliver(path: str, desk: Callable[[str, dict[str, Any]], Any]) -> int:
    """Hand every undelivered ticket to `desk(key, ticket)`, oldest first; how many it took.

    The key is the mail's id: who is killed between the desk and the mark delivers again under the same key,
    and the desk sees that. The ticket is the form's five fields and `due` (an ISO date or None).
    Each is marked by itself after the desk took it, and no transaction is open while the desk works.
    When the desk raises an Exception, the ticket stays undelivered, and the next one is handed over.
    """
    with opened(path) as store:
        waiting = store.execute("SELECT * FROM tickets WHERE delivered = 0 ORDER BY rowid").fetchall()
    taken = 0
    for row in waiting:
        try:
            desk(row["mail_id"], {**json.loads(row["ticket"]), "due": row["due"]})
        except Exception:  # whatever is wrong with the desk, the ticket is still here
            continue
        with opened(path) as store:
            store.execute("UPDATE tickets SET delivered = 1 WHERE mail_id = ?", [row["mail_id"]])
        taken += 1
    return taken


def claimed(store: Any, mail_id: str) -> Mail:
    """The mail of a dead letter, which nobody else can decide about until the transaction ends.

    Raises NoSuchMail for an id that no mail has, and NotDead for a mail that is not dead, or not any more.
    """
    store.execute("BEGIN IMMEDIATE")  # whoever presses the button second waits here, and comes too late
    if (mail := known(store, mail_id)) is None:
        raise NoSuchMail(f"{mail_id} is no mail's id.")
    if not store.execute("SELECT 1 FROM dead WHERE mail_id = ?", [mail_id]).fetchone():
        raise NotDead(f"{mail_id} is not dead, or not any more.")
    return mail


def correct(path: str, mail_id: str, text: str) -> None:
    """Take a person's ticket, as JSON, for the dead letter that is `claimed`, in one transaction.

    People mistype, too: what `read` refuses for this mail raises its Unreadable. Else the dead letter is
    gone, the ticket is posted with its `due`, and `pairs` has the last attempt's text (wrong) and the ticket
    as JSON (right). Whatever is raised, nothing has changed.
    """
    with opened(path) as store:
        mail = claimed(store, mail_id)
        ticket = read(text, mail)
        post(store, mail, ticket, due(ticket.wanted_by, mail["received"]))
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
        pair = [mail_id, tried(store, mail_id)[-1]["text"], ticket.model_dump_json()]
        store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?, ?, ?)", pair)


def redrive(path: str, mail_id: str) -> None:
    """Let the mail of the dead letter that is `claimed` wait again, in one transaction; its attempts stay."""
    with opened(path) as store:
        claimed(store, mail_id)
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
        store.execute("UPDATE mail SET state = 'waiting' WHERE id = ?", [mail_id])


def create_app(path: str, clock: Clock = time.time) -> Any:
    """The given `review_desk` over this store, an ASGI app: for people, who read what no model could."""
    return review_desk(path, correct, redrive, clock)
