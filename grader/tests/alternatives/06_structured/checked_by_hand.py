"""Alternative: no pydantic at the gate but a table of rules, dicts for tickets, SQL with its own BEGIN."""

import datetime
import json
import re
import sqlite3
import time

import openai
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import create_model, model_validator

from grader import letters
from grader.letters import Attempt, brief
from grader.models import Usage, model

STRICT = ["type", "properties", "required", "additionalProperties", "enum", "anyOf", "pattern"]
KINDS = ("delivery", "refund", "defect", "account", "other")
GRADES = ("low", "normal", "high")


class Unreadable(Exception):
    """What the model has to hear."""


class Unusable(Exception):
    """Given up."""

    def __init__(self, attempts):
        super().__init__("given up")
        self.attempts = attempts


def flat(text):
    return " ".join(text.lower().split())


def stands(words, mail):
    wanted = flat(words)
    for text in (flat(mail["subject"]), flat(mail["body"])):
        at = text.find(wanted)
        while at >= 0:
            before, after = text[at - 1 : at] if at else "", text[at + len(wanted) : at + len(wanted) + 1]
            if not before.isalnum() and not after.isalnum():
                return True
            at = text.find(wanted, at + 1)
    return False


def line(value, most):
    if not isinstance(value, str) or not value.strip() or len(value) > most or len(value.splitlines()) != 1:
        return f"one line of text, at most {most} characters"
    return ""


def faults(found, mail):
    said = []
    for name in ("order", "category", "urgency", "summary", "wanted_by"):
        if name not in found:
            said.append(f"{name} is missing; if the mail has none, say null")
            continue
        value, rule = found[name], ""
        if name == "order" and value is not None:
            good = isinstance(value, str) and re.fullmatch("[A-Z]{2}-[0-9]{6}", value)
            rule = "" if good and stands(value, mail) else "AA-000000 as in the mail, or null"
        elif name == "category" and not (isinstance(value, str) and value in KINDS):
            rule = " / ".join(KINDS)
        elif name == "urgency" and not (isinstance(value, str) and value in GRADES):
            rule = " / ".join(GRADES)
        elif name == "summary":
            rule = line(value, 120)
        elif name == "wanted_by" and value is not None:
            rule = line(value, 80) or ("" if stands(value, mail) else "words of the mail")
        if rule:
            said.append(f"{name} has to be {rule}. You said: {value}")
    said += [f"{name} ({value}) does not belong here" for name, value in found.items() if name not in GIVEN]
    return said


GIVEN = ("order", "category", "urgency", "summary", "wanted_by")


def read(text, mail):
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Unreadable(f"No JSON: {error}") from error
    if not isinstance(found, dict):
        raise Unreadable("JSON, but no object")
    if said := faults(found, mail):
        raise Unreadable("; ".join(said))
    return found


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
    text, maybe = {"type": "string"}, {"type": ["string", "null"]}
    fields = {
        "wanted_by": maybe,
        "summary": text,
        "order": {"anyOf": [{"type": "string", "pattern": "^[A-Z]{2}-[0-9]{6}$"}, {"type": "null"}]},
        "urgency": {"type": "string", "enum": list(GRADES)},
        "category": {"type": "string", "enum": list(KINDS)},
    }
    closed = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    return {
        "type": "json_schema",
        "json_schema": {"schema": closed, "strict": True, "name": "support_ticket"},
    }


def attempt_of(reply):
    [choice] = reply.choices
    message, usage = choice.message, Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    if message.refusal:
        return Attempt(message.refusal, f"refusal: {message.refusal}", usage, True)
    why = {"stop": "" if message.content else "nothing came", "content_filter": "filtered"}
    problem = why.get(choice.finish_reason, f"ended by {choice.finish_reason}")
    return Attempt(message.content or "", problem, usage, choice.finish_reason == "content_filter")


def ask(messages):
    with openai.OpenAI() as http:
        return attempt_of(
            http.chat.completions.create(messages=messages, model=model("fast"), response_format=schema())
        )


def result(ticket, mail, attempts):
    return {"ticket": ticket, "due": due(ticket["wanted_by"], mail["received"]), "attempts": attempts}


def extract(mail, tries=3, so_far=()):
    sent = brief(mail)
    for old in so_far[-1:]:
        sent += [{"role": "assistant", "content": old.text}] * bool(old.text)
        sent += [{"role": "user", "content": f"That was no ticket: {old.problem}\nOnce more, please."}]
    new = ask(sent)
    attempts = [*so_far, new]
    if not new.problem:
        try:
            return result(read(new.text, mail), mail, attempts)
        except Unreadable as reason:
            new.problem = str(reason)
    if new.refused or len(attempts) >= tries:
        raise Unusable(attempts)
    return extract(mail, tries, attempts)


def extract_with_instructor(mail, tries=3):
    import instructor

    def check(cls, value):
        if said := faults(value, mail):
            raise ValueError("; ".join(said))
        return value

    form = create_model(
        "Ticket",
        __validators__={"check": model_validator(mode="before")(classmethod(check))},
        **dict.fromkeys(GIVEN, (str | None, ...)),
    )
    attempts = []
    library = instructor.from_openai(openai.OpenAI(), mode=instructor.Mode.JSON_SCHEMA)
    library.on("completion:response", lambda reply: attempts.append(attempt_of(reply)))
    try:
        ticket = library.create(
            messages=brief(mail), response_model=form, max_retries=tries - 1, model=model("fast")
        )
    except Exception as error:
        if isinstance(error.__cause__, openai.APIError):
            raise error.__cause__ from error
        ticket = None
    for each in attempts:
        try:
            each.problem = each.problem or (read(each.text, mail) and "")
        except Unreadable as reason:
            each.problem = str(reason)
    if not ticket:
        raise Unusable(attempts)
    return result(ticket.model_dump(), mail, attempts)


class Store:
    """One transaction from the first line to the last."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.executescript(letters.SCHEMA)

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")
        return self.db

    def __exit__(self, kind, *_):
        self.db.execute("ROLLBACK" if kind else "COMMIT")
        self.db.close()


FIELDS = "id, received, sender, subject, body"


def accept(path, mails):
    with Store(path) as db:
        before = db.total_changes
        for mail in mails:
            values = [mail["id"], mail["received"], mail["sender"], mail["subject"], mail["body"]]
            db.execute(f"INSERT INTO mail ({FIELDS}) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING", values)
        return db.total_changes - before


def mails_of(db, where):
    return [
        dict(zip(FIELDS.split(", "), row, strict=True))
        for row in db.execute(f"SELECT {FIELDS} FROM mail WHERE {where} ORDER BY rowid")
    ]


def keep(db, mail, attempts):
    for each in attempts:
        db.execute(
            "INSERT INTO attempts SELECT ?, COUNT(*) + 1, ?, ?, ?, ? FROM attempts WHERE mail_id = ?",
            (
                mail["id"],
                each.text,
                each.problem,
                each.usage.input_tokens,
                each.usage.output_tokens,
                mail["id"],
            ),
        )


def send_out(db, mail, ticket, day):
    day = day.isoformat() if day else None
    db.execute("INSERT INTO tickets VALUES (?, ?, ?, 0)", (mail["id"], json.dumps(ticket), day))
    db.execute("UPDATE mail SET state='done' WHERE id=?", (mail["id"],))


def decided(db, mail):
    return not mails_of(db, "state = 'waiting' AND id = '{}'".format(mail["id"].replace("'", "''")))


def work(path, tries=3, clock=time.time):
    tally = dict.fromkeys(("done", "dead", "waiting"), 0)
    with Store(path) as db:
        todo = mails_of(db, "state = 'waiting'")
    for mail in todo:
        try:
            found = extract(mail, tries)
        except openai.APIError:
            tally["waiting"] += 1
        except Unusable as end:
            with Store(path) as db:
                if decided(db, mail):
                    continue
                keep(db, mail, end.attempts)
                db.execute("UPDATE mail SET state='dead' WHERE id=?", (mail["id"],))
                db.execute("INSERT INTO dead VALUES (?,?,?)", (mail["id"], end.attempts[-1].problem, clock()))
            tally["dead"] += 1
        else:
            with Store(path) as db:
                if decided(db, mail):
                    continue
                keep(db, mail, found["attempts"])
                send_out(db, mail, found["ticket"], found["due"])
            tally["done"] += 1
    return tally


def deliver(path, desk):
    done, failed = 0, []
    while True:
        with Store(path) as db:
            seen = ",".join("?" * len(failed))
            row = db.execute(
                f"SELECT * FROM tickets WHERE delivered=0 AND mail_id NOT IN ({seen}) ORDER BY rowid", failed
            ).fetchone()
        if row is None:
            return done
        key, text, day, _ = row
        try:
            desk(key, json.loads(text) | {"due": day})
        except Exception:
            failed.append(key)
        else:
            with Store(path) as db:
                db.execute("UPDATE tickets SET delivered=1 WHERE mail_id=?", (key,))
            done += 1


def create_app(path, clock=time.time):
    desk = APIRouter()

    def query(sql, *values):
        with Store(path) as db:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute(sql, values)]

    def state(db, key):
        found = db.execute("SELECT state FROM mail WHERE id=?", (key,)).fetchone()
        return 404 if found is None else 200 if found[0] == "dead" else 409

    @desk.get("/")
    async def root():
        return HTMLResponse(letters.page())

    @desk.get("/dead")
    async def every():
        listed = query(
            "SELECT m.id, m.subject, d.why, d.since, COUNT(a.number) AS attempts FROM dead d"
            " JOIN mail m ON m.id = d.mail_id LEFT JOIN attempts a ON a.mail_id = m.id"
            " GROUP BY m.id ORDER BY d.since"
        )
        now = clock()
        for entry in listed:
            entry["age"] = now - entry.pop("since")
        return listed

    @desk.get("/dead/{key}")
    async def one(key: str, response: Response):
        with Store(path) as db:
            if (status := state(db, key)) != 200:
                response.status_code = status
                return {}
        columns = "number, text, problem, input_tokens, output_tokens"
        sql = f"SELECT {columns} FROM attempts WHERE mail_id=? ORDER BY number"
        return {
            "mail": query(f"SELECT {FIELDS} FROM mail WHERE id=?", key)[0],
            "why": query("SELECT why FROM dead WHERE mail_id=?", key)[0]["why"],
            "attempts": query(sql, key),
        }

    @desk.post("/dead/{key}/redrive")
    async def again(key: str, response: Response):
        with Store(path) as db:
            response.status_code = state(db, key)
            if response.status_code == 200:
                db.execute("UPDATE mail SET state='waiting' WHERE id=?", (key,))
                db.execute("DELETE FROM dead WHERE mail_id=?", (key,))

    from starlette.requests import Request

    async def correct(request: Request):
        key, body = request.path_params["key"], await request.body()
        with Store(path) as db:
            if (status := state(db, key)) != 200:
                return JSONResponse({}, status)
            [mail] = [each for each in mails_of(db, "state='dead'") if each["id"] == key]
            try:
                ticket = read(body.decode(), mail)
            except Unreadable as reason:
                return JSONResponse({"detail": str(reason)}, 422)
            sql = "SELECT text FROM attempts WHERE mail_id=? ORDER BY number DESC"
            wrong = db.execute(sql, (key,)).fetchone()
            values = (key, wrong[0], json.dumps(ticket))
            db.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?,?,?)", values)
            db.execute("DELETE FROM dead WHERE mail_id=?", (key,))
            send_out(db, mail, ticket, due(ticket["wanted_by"], mail["received"]))
        return JSONResponse({"ok": True})

    @desk.get("/monitor")
    async def monitor():
        [dead] = query("SELECT COUNT(*) AS n, MIN(since) AS since FROM dead")
        return {
            "undelivered": len(query("SELECT 1 FROM tickets WHERE NOT delivered")),
            "waiting": len(query("SELECT 1 FROM mail WHERE state='waiting'")),
            "oldest": clock() - dead["since"] if dead["n"] else None,
            "depth": dead["n"],
        }

    @desk.get("/pairs")
    async def pairs():
        text = ""
        for row in query(f"SELECT {FIELDS}, right FROM pairs JOIN mail ON id=mail_id ORDER BY number"):
            chat = brief(row) + [{"role": "assistant", "content": row["right"]}]
            text += json.dumps({"messages": chat}) + "\n"
        return Response(text, media_type="application/jsonl")

    app = FastAPI()
    app.include_router(desk)
    app.add_route("/dead/{key}/correct", correct, methods=["POST"])
    return app
