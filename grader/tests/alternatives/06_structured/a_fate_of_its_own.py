"""Alternative: the SDK's own helper asks and reads, rules are functions, and a mail's fate is an object."""

import datetime
import json
import re
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import openai
from openai.lib._parsing._completions import type_to_response_format_param
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from grader.letters import Attempt, NoSuchMail, NotDead, brief, known, note, opened, review_desk, tried
from grader.models import Usage, model

STRICT = ["type", "properties", "required", "additionalProperties", "enum", "anyOf", "title", "$defs", "$ref"]


class Unreadable(ValueError):
    pass


class Unusable(ValueError):
    def __init__(self, attempts):
        super().__init__(repr([each.problem for each in attempts]))
        self.attempts = attempts


class Ticket(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    order: str | None
    category: Literal["delivery", "refund", "defect", "account", "other"]
    urgency: Literal["low", "normal", "high"]
    summary: str
    wanted_by: str | None

    @field_validator("order", "summary", "wanted_by", mode="after")
    @classmethod
    def rules(cls, text, info):
        most = {"summary": 120, "wanted_by": 80}.get(info.field_name)
        if text is None:
            return text
        if most is None and not re.fullmatch("[A-Z][A-Z]-[0-9]{6}", text):
            raise ValueError("two letters, a hyphen and six digits")
        if most is not None and not re.fullmatch(rf"(?=.*\S).{{1,{most}}}", text):
            raise ValueError(f"one line of 1 to {most} characters")
        if info.context and info.field_name != "summary":
            mail = info.context["mail"]
            if not any(occurs(pad(text).strip(), pad(mail[place])) for place in ("subject", "body")):
                raise ValueError("is not in the mail")
        return text


def pad(text):
    return " " + " ".join(text.upper().split()) + " "


def occurs(said, text):
    pieces = text.split(said)
    return any(not left[-1:].isalnum() and not right[:1].isalnum() for left, right in pairwise(pieces))


def read(text, mail):
    try:
        return Ticket.model_validate_json(text, context={"mail": mail})
    except ValidationError as error:
        lines = []
        for fault in error.errors(include_url=False):
            lines.append(f"{fault['loc']}: {fault['msg']}, but you said {fault['input']}")
        raise Unreadable("\n".join(lines)) from error


def due(phrase, received):
    words = re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-])|\w+|[^\w\s]", (phrase or "").lower())
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    counts = {"a": 1} | {
        word: n for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)
    }
    start = datetime.date.fromisoformat(received)
    doubts = {"not", "no", "never", "after", "before", "since", "last", "except", "every", "ago", "or"}
    if doubts.intersection(words):
        return None
    days = []
    for at, word in enumerate(words):
        previous, following = words[at - 1] if at else "", words[at + 1 : at + 3]
        if word in ("today", "tomorrow"):
            days.append(start + datetime.timedelta(["today", "tomorrow"].index(word)))
        elif word in names:
            monday = start - datetime.timedelta(start.weekday())
            that = monday + datetime.timedelta(names.index(word))
            if previous == "next" or that <= start:
                that += datetime.timedelta(7)
            days.append(that)
        elif word == "in" and len(following) == 2 and following[1] in ("day", "days", "week", "weeks"):
            number = counts.get(following[0])
            if number is None and re.fullmatch("[0-9]{1,3}", following[0]):
                number = int(following[0])
            if number is not None:
                days.append(start + datetime.timedelta(number * (7 if "week" in following[1] else 1)))
        elif re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
            try:
                days.append(datetime.date.fromisoformat(word))
            except ValueError:
                return None
    return days[0] if len(set(days)) == 1 else None


def schema():
    return type_to_response_format_param(Ticket)


def attempt_at(completion):
    spent = Usage(completion.usage.prompt_tokens, completion.usage.completion_tokens)
    [choice] = completion.choices
    end, text = choice.finish_reason, choice.message.content or ""
    if choice.message.refusal or end == "content_filter":
        return Attempt(text, "refused: " + (choice.message.refusal or end), spent, True)
    return Attempt(text, "" if (end, bool(text)) == ("stop", True) else f"incomplete: {end}", spent)


def ask(messages):
    raw = openai.OpenAI().chat.completions.with_raw_response
    return attempt_at(
        raw.create(model=model("fast"), messages=list(messages), response_format=schema()).parse()
    )


class Fate:
    """What becomes of a mail; `write` keeps it."""

    def __init__(self, mail, attempts, ticket=None, since=None):
        self.mail, self.attempts, self.ticket, self.since = mail, attempts, ticket, since

    def write(self, store):
        key = self.mail["id"]
        note(store, key, self.attempts)
        store.execute("UPDATE mail SET state = ? WHERE id = ?", ("done" if self.ticket else "dead", key))
        if self.ticket is None:
            store.execute("INSERT INTO dead VALUES (?, ?, ?)", (key, self.attempts[-1].problem, self.since))
        else:
            day = due(self.ticket.wanted_by, self.mail["received"])
            values = (key, json.dumps(self.ticket.model_dump()), day.isoformat() if day else None)
            store.execute("INSERT INTO tickets (mail_id, ticket, due) VALUES (?, ?, ?)", values)


@dataclass
class Extraction:
    ticket: Any
    due: Any
    attempts: list


def finish(attempt, mail):
    try:
        return read(attempt.text, mail) if not attempt.problem else None
    except Unreadable as error:
        attempt.problem = str(error)


def conversation(mail, tries):
    """Attempts, one by one, each of which answers the one before."""
    messages, left = brief(mail), tries
    while left:
        attempt = ask(messages)
        yield attempt
        if attempt.refused:
            return
        if attempt.text:
            messages += [{"role": "assistant", "content": attempt.text}]
        messages += [{"role": "user", "content": attempt.problem + " Please correct this."}]
        left -= 1


def extract(mail, tries=3):
    attempts = []
    for attempt in conversation(mail, tries):
        attempts.append(attempt)
        if ticket := finish(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
    raise Unusable(attempts)


def extract_with_instructor(mail, tries=3):
    import instructor
    from tenacity import Retrying, retry_if_exception_type, stop_after_attempt

    class Bound(Ticket):
        @model_validator(mode="before")
        @classmethod
        def in_this_mail(cls, data):
            read(json.dumps(data), mail)
            return data

    attempts = []
    asker = instructor.from_openai(openai.OpenAI(), mode=instructor.Mode.JSON_SCHEMA)
    asker.on("completion:response", lambda completion: attempts.append(attempt_at(completion)))
    again = Retrying(
        stop=stop_after_attempt(tries), retry=retry_if_exception_type(ValidationError), reraise=True
    )
    ticket = None
    try:
        ticket = asker.create(
            response_model=Bound, messages=brief(mail), model=model("fast"), max_retries=again
        )
    except Exception as error:
        cause = error
        while cause is not None and not isinstance(cause, openai.APIError):
            cause = cause.__cause__
        if cause is not None:
            raise cause from None
    for attempt in attempts:
        finish(attempt, mail)
    if ticket is None:
        raise Unusable(attempts)
    return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)


def accept(path, mails):
    fresh = 0
    with opened(path) as store:
        for mail in mails:
            if known(store, mail["id"]) is None:
                store.execute("INSERT INTO mail VALUES (?, ?, ?, ?, ?, 'waiting')", tuple(mail.values()))
                fresh += 1
    return fresh


def work(path, tries=3, clock=time.time):
    with opened(path) as store:
        waiting = store.execute("SELECT id FROM mail WHERE state = 'waiting' ORDER BY rowid").fetchall()
    counts = {"waiting": 0, "dead": 0, "done": 0}
    for (key,) in waiting:
        with opened(path) as store:
            mail = known(store, key)
        try:
            found = extract(mail, tries)
            fate = Fate(mail, found.attempts, found.ticket)
        except Unusable as error:
            fate = Fate(mail, error.attempts, since=clock())
        except openai.APIError:
            counts["waiting"] += 1
            continue
        with opened(path) as store:
            sealed = "UPDATE mail SET state = 'done' WHERE id = ? AND state = 'waiting'"
            late = not store.execute(sealed, (key,)).rowcount
            if not late:
                fate.write(store)
        if late:
            continue
        counts["done" if fate.ticket else "dead"] += 1
    return counts


def deliver(path, desk):
    with opened(path) as store:
        rows = store.execute("SELECT * FROM tickets WHERE delivered = 0 ORDER BY rowid").fetchall()
    taken = []
    for key, ticket, day, _ in rows:
        try:
            desk(key, {"due": day} | json.loads(ticket))
            taken.append(key)
        except Exception as error:
            print(f"{key} stays: {error}")
        else:
            with opened(path) as store:
                store.execute("UPDATE tickets SET delivered = delivered + 1 WHERE mail_id = ?", [key])
    return len(taken)


def claim(store, key):
    # Whoever deletes the row has the letter; the rest come too late.
    if store.execute("DELETE FROM dead WHERE mail_id = ?", (key,)).rowcount:
        return known(store, key)
    raise (NotDead if known(store, key) else NoSuchMail)(key)


def correct(path, key, said):
    with opened(path) as store:
        mail = claim(store, key)
        ticket = read(said, mail)
        Fate(mail, [], ticket).write(store)
        pair = (None, key, tried(store, key)[-1]["text"], ticket.model_dump_json())
        store.execute("INSERT INTO pairs VALUES (?, ?, ?, ?)", pair)


def redrive(path, key):
    with opened(path) as store:
        claim(store, key)
        store.execute("UPDATE mail SET state = 'waiting' WHERE id = ?", (key,))


def create_app(path, clock=time.time):
    return review_desk(path, correct, redrive, clock)
