"""Alternative: a class with enums and annotated types, so that the schema has references; other words."""

import json
import re
from datetime import date, timedelta
from enum import StrEnum
from time import time
from typing import Annotated

import openai
from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError, ValidationInfo

from grader.letters import (
    PROMPT,
    Attempt,
    NoSuchMail,
    NotDead,
    brief,
    known,
    letter,
    note,
    opened,
    review_desk,
    tried,
)
from grader.models import Usage, model

STRICT = "$defs $ref additionalProperties anyOf enum items pattern properties required title type".split()


class Unreadable(ValueError):
    pass


class Unusable(Exception):
    attempts: list


class Category(StrEnum):
    delivery = "delivery"
    refund = "refund"
    defect = "defect"
    account = "account"
    other = "other"


class Urgency(StrEnum):
    low = "low"
    normal = "normal"
    high = "high"


def quoted(value, info: ValidationInfo):
    mail = (info.context or {}).get("mail")
    if mail is None or value is None:
        return value
    squeeze = " ".join(value.split()).casefold()
    for place in (mail["subject"], mail["body"]):
        text = " ".join(place.split()).casefold()
        spots = [found.start() for found in re.finditer(re.escape(squeeze), text)]
        for spot in spots:
            sides = text[max(0, spot - 1) : spot] + text[spot + len(squeeze) :][:1]
            if not any(map(str.isalnum, sides)):
                return value
    raise ValueError("no such words in the mail")


def single(value):
    if len(value.strip().splitlines()) != 1 or len(value.splitlines()) != 1:
        raise ValueError("must be one line with something on it")
    return value


def words(most):
    return Annotated[str, StringConstraints(max_length=most), AfterValidator(single)]


Order = Annotated[str, StringConstraints(pattern=r"\A[A-Z]{2}-[0-9]{6}\z"), AfterValidator(quoted)]


class SupportTicket(BaseModel, extra="forbid"):
    wanted_by: Annotated[words(80) | None, AfterValidator(quoted)]
    urgency: Urgency
    category: Category
    order: Order | None
    summary: words(120)


def read(text, mail):
    try:
        return SupportTicket.model_validate_json(text, strict=True, context={"mail": mail})
    except ValidationError as wrong:
        raise Unreadable(str(wrong)) from wrong


def verdict(attempt, mail):
    if not attempt.problem:
        try:
            return read(attempt.text, mail)
        except Unreadable as reason:
            attempt.problem = str(reason)
    return None


DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
SMALL = "one two three four five six seven eight nine ten".split()
KINDS = re.compile(
    r"\b(?:(?P<plain>today|tomorrow)"
    rf"|in\s+(?P<number>[0-9]{{1,3}}|a|{'|'.join(SMALL)})\s+(?P<unit>day|week)s?"
    rf"|(?P<next>next\s+)?(?P<name>{'|'.join(DAYS)})"
    r"|(?P<iso>[0-9]{4}-[0-9]{2}-[0-9]{2}))\b"
)


def one_day(found, start):
    if found["plain"]:
        return start + timedelta(found["plain"] == "tomorrow")
    if found["unit"]:
        number = found["number"]
        many = 1 if number == "a" else SMALL.index(number) + 1 if number in SMALL else int(number)
        return start + timedelta(**{f"{found['unit']}s": many})
    if found["iso"]:
        return date.fromisoformat(found["iso"])
    day = start + timedelta(1)
    if found["next"]:
        while day.weekday():
            day += timedelta(1)
    while DAYS[day.weekday()] != found["name"]:
        day += timedelta(1)
    return day


def due(phrase, received):
    text = (phrase or "").lower()
    if re.search(r"\b(not|no|never|after|before|since|last|except|every|ago|or)\b", text):
        return None
    try:
        days = {one_day(found, date.fromisoformat(received)) for found in KINDS.finditer(text)}
    except ValueError:
        return None
    return None if len(days) != 1 else days.pop()


def clean(value):
    if isinstance(value, list):
        return [clean(each) for each in value]
    if not isinstance(value, dict):
        return value
    for unknown in ("maxLength", "minLength", "default", "description"):
        value.pop(unknown, None)
    return {key: clean(each) for key, each in value.items()}


def schema():
    shape = clean(SupportTicket.model_json_schema())
    return {"type": "json_schema", "json_schema": {"name": "t", "schema": shape, "strict": True}}


def weigh(reply):
    first = reply.choices[0]
    spent = Usage(input_tokens=reply.usage.prompt_tokens, output_tokens=reply.usage.completion_tokens)
    if first.message.refusal is not None:
        return Attempt("", first.message.refusal, spent, refused=True)
    if first.finish_reason == "content_filter":
        return Attempt(first.message.content or "", "content filter", spent, refused=True)
    text = first.message.content or ""
    return Attempt(text, "" if text and first.finish_reason == "stop" else "not a whole answer", spent)


def ask(messages):
    return weigh(
        openai.OpenAI().chat.completions.create(
            model=model("fast"), messages=[*messages], response_format=schema()
        )
    )


def give_up(attempts):
    error = Unusable(f"{len(attempts)} tries")
    error.attempts = attempts
    return error


def extract(mail, tries=3):
    attempts, messages = [], brief(mail)
    while len(attempts) < tries:
        attempts += [ask(messages)]
        now = attempts[-1]
        ticket = verdict(now, mail)
        if ticket is not None:
            return {"attempts": attempts, "ticket": ticket, "due": due(ticket.wanted_by, mail["received"])}
        if now.refused:
            break
        if now.text:
            messages.append({"role": "assistant", "content": now.text})
        messages.append(
            {"role": "user", "content": f"This is wrong:\n{now.problem}\nSay it again, correctly."}
        )
    raise give_up(attempts)


def extract_with_instructor(mail, tries=3):
    import instructor
    from instructor.core.exceptions import InstructorError

    attempts, hooks = [], instructor.hooks.Hooks()
    hooks.on("completion:response", lambda reply: attempts.append(weigh(reply)))
    asker = instructor.from_openai(openai.OpenAI(), mode=instructor.Mode.JSON_SCHEMA)
    safe = [{"role": "system", "content": PROMPT}, {"role": "user", "content": "{{ text }}"}]
    context = {"text": letter(mail), "mail": mail}
    try:
        found = asker.chat.completions.create(
            SupportTicket,
            model=model("fast"),
            messages=safe,
            context=context,
            hooks=hooks,
            max_retries=tries - 1,
        )
    except InstructorError as error:
        for attempt in attempts:
            verdict(attempt, mail)
        if isinstance(error.__cause__, openai.APIError):
            raise error.__cause__ from None
        raise give_up(attempts) from error
    for attempt in attempts:
        verdict(attempt, mail)
    return {"attempts": attempts, "ticket": found, "due": due(found.wanted_by, mail["received"])}


def accept(path, mails):
    with opened(path) as store:
        there = {row["id"] for row in store.execute("SELECT id FROM mail")}
        new = {mail["id"]: mail for mail in reversed(mails) if mail["id"] not in there}
        store.executemany(
            "INSERT INTO mail VALUES (:id, :received, :sender, :subject, :body, 'waiting')",
            reversed(new.values()),
        )
    return len(new)


def settle(store, key, state, ticket=None, day=None, why=None, since=None):
    store.execute("UPDATE mail SET state = ? WHERE id = ?", (state, key))
    store.execute("DELETE FROM dead WHERE mail_id = ?", (key,))
    if state == "done":
        values = {"key": key, "ticket": ticket.model_dump_json(), "day": str(day) if day else None}
        store.execute("INSERT INTO tickets VALUES (:key, :ticket, :day, 0)", values)
    if state == "dead":
        store.execute("INSERT INTO dead VALUES (?, ?, ?)", (key, why, since))


def work(path, tries=3, clock=time):
    with opened(path) as store:
        keys = [row[0] for row in store.execute("SELECT id FROM mail WHERE state = 'waiting' ORDER BY rowid")]
        mails = [known(store, key) for key in keys]
    ends = []
    for mail in mails:
        fate = {}
        try:
            found = extract(mail, tries)
            attempts, fate = found["attempts"], {"ticket": found["ticket"], "day": found["due"]}
            ends.append("done")
        except Unusable as error:
            attempts = error.attempts
            fate = {"why": attempts[-1].problem, "since": clock()}
            ends.append("dead")
        except openai.APIError:
            ends.append("waiting")
            continue
        with opened(path) as store:
            store.execute("BEGIN IMMEDIATE")
            [state] = store.execute("SELECT state FROM mail WHERE id = ?", (mail["id"],)).fetchone()
            if state != "waiting":
                ends.pop()
                continue
            settle(store, mail["id"], ends[-1], **fate)
            note(store, mail["id"], attempts)
    return {end: ends.count(end) for end in ("done", "dead", "waiting")}


def deliver(path, desk):
    with opened(path) as store:
        rows = list(
            store.execute("SELECT mail_id, ticket, due FROM tickets WHERE NOT delivered ORDER BY rowid")
        )

    def one(key, ticket, day):
        try:
            desk(key, dict(json.loads(ticket), due=day))
        except Exception:
            return False
        with opened(path) as store:
            store.execute("UPDATE tickets SET delivered = 1 WHERE mail_id = ?", (key,))
        return True

    return sum([one(*row) for row in rows])


def claim(store, key):
    # Whoever deletes the row has the letter; the rest come too late.
    if store.execute("DELETE FROM dead WHERE mail_id = ?", (key,)).rowcount:
        return known(store, key)
    raise (NotDead if known(store, key) else NoSuchMail)(key)


def correct(path, key, said):
    with opened(path) as store:
        mail = claim(store, key)
        ticket = read(said, mail)
        settle(store, key, "done", ticket, due(ticket.wanted_by, mail["received"]))
        pair = (None, key, tried(store, key)[-1]["text"], ticket.model_dump_json())
        store.execute("INSERT INTO pairs VALUES (?, ?, ?, ?)", pair)


def redrive(path, key):
    with opened(path) as store:
        claim(store, key)
        settle(store, key, "waiting")


def create_app(path, clock=time):
    return review_desk(path, correct, redrive, clock)
