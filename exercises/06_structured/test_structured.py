"""Grades 06_structured: structured output, and a store in which nothing gets lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import time
from contextlib import closing, suppress
from datetime import date, timedelta
from pathlib import Path

import openai
import pytest
from structured import (
    STRICT,
    Unreadable,
    Unusable,
    accept,
    ask,
    create_app,
    deliver,
    due,
    extract,
    extract_with_instructor,
    read,
    schema,
    work,
)

from grader.contract.plain import plain
from grader.contract.visit import visit
from grader.letters import SCHEMA, brief, letter, opened
from grader.provider.schema import violation

WEDNESDAY = "2026-03-18"
LATE = {
    "id": "m-1", "received": WEDNESDAY, "sender": "ada@example.com", "subject": "Order QX-204817",
    "body": "My espresso machine has not arrived. I need it by next Friday, it is a present.",
}  # fmt: skip
GRINDER = {
    "id": "m-2", "received": WEDNESDAY, "sender": "bo@example.com", "subject": "Broken",
    "body": "The grinder of order BT-550912 died yesterday. I want a new one in two\nweeks at the latest.",
}  # fmt: skip
LOGIN = {
    "id": "m-3", "received": WEDNESDAY, "sender": "cy@example.com", "subject": "Login",
    "body": "I cannot log in any more, and nobody answers the phone.",
}  # fmt: skip
BRACES = {
    "id": "m-4", "received": WEDNESDAY, "sender": "di@example.com", "subject": "{{ 6 * 7 }}",
    "body": "Your shop prints {{ mail.sender }} and {% if %} on every page. {# Why? #}",
}  # fmt: skip
GOOD = {
    "order": "BT-550912", "category": "defect", "urgency": "high", "summary": "The grinder died.",
    "wanted_by": "in two weeks",
}  # fmt: skip
NOTHING = {"category": "other", "urgency": "low", "summary": "?", "order": None, "wanted_by": None}
# A store that takes no further row into one of its tables, or no change of a mail.
FULL = "CREATE TRIGGER full BEFORE {} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;"


def ticket(**changes):
    """A valid ticket for GRINDER as JSON, with changes."""
    return json.dumps(GOOD | changes)


def complaint(text, mail=GRINDER):
    """What `read` says about a text that is no ticket."""
    with pytest.raises(Unreadable) as error:
        read(text, mail)
    return str(error.value)


def spent(attempts):
    """Input and output tokens of all attempts."""
    return [sum(each["usage"][kind] for each in attempts) for kind in ("input_tokens", "output_tokens")]


def paid(tape):
    """Input and output tokens that the provider counted."""
    return [tape.usage.input_tokens, tape.usage.output_tokens]


def texts(tape):
    """What the recorded replies say, in order, failed requests left out."""
    return [step.reply.text for step in tape.steps if step.reply and step.reply.status == 200]


def rows(path, table):
    """A table of the store as another program reads it; without a store there is none."""
    with closing(sqlite3.connect(path)) as store:
        store.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in store.execute(f"SELECT * FROM {table} ORDER BY rowid")]
        except sqlite3.DatabaseError:  # no table, or no store at all: nothing was kept
            return []


def everything(path):
    """All that the store holds."""
    return {table: rows(path, table) for table in ("mail", "attempts", "tickets", "dead", "pairs")}


def states(path):
    """The state of every mail."""
    return {row["id"]: row["state"] for row in rows(path, "mail")}


def killed(path, at):
    """The store as a process finds it that starts after another one was killed at this moment."""
    folder = Path(path).parent / at
    folder.mkdir()
    for file in Path(path).parent.glob(f"{Path(path).name}*"):
        shutil.copy(file, folder)
    return str(folder / Path(path).name)


def meanwhile(tape, act):
    """A thread that acts as soon as a model is asked, while it thinks."""

    def wait():
        until = time.monotonic() + 5
        while not tape.calls and time.monotonic() < until:
            time.sleep(0.005)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def put(path, *mails, state="waiting"):
    """Mails in the store, put there by another program."""
    with opened(path) as store:
        for mail in mails:
            store.execute("INSERT INTO mail VALUES (?, ?, ?, ?, ?, ?)", [*mail.values(), state])


def outbox(path, *mails):
    """Undelivered tickets for these mails, as another program leaves them."""
    put(path, *mails, state="done")
    with opened(path) as store:
        for mail in mails:
            line = [mail["id"], json.dumps(NOTHING | {"summary": mail["subject"]}), "2026-03-27"]
            store.execute("INSERT INTO tickets (mail_id, ticket, due) VALUES (?, ?, ?)", line)


def bury(path, mail, since=1000.0, problems=("no JSON", "no order")):
    """A dead letter, as another program leaves it: two attempts, the last of which says why."""
    put(path, mail, state="dead")
    with opened(path) as store:
        for number, problem in enumerate(problems, 1):
            row = [mail["id"], number, f"text {number}", problem, 100 + number, 10 + number]
            store.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?)", row)
        store.execute("INSERT INTO dead VALUES (?, ?, ?)", [mail["id"], problems[-1], since])


def full(path, moment):
    """From now on the store refuses this, in the middle of whatever goes on."""
    with closing(sqlite3.connect(path)) as store:
        store.executescript(SCHEMA + FULL.format(moment))


def nobody(key, ticket):
    """A desk that takes nothing."""
    raise ConnectionError(f"the desk is closed for {key}")


@pytest.fixture
def path(tmp_path):
    """Where the store is to be: no such file exists yet."""
    return str(tmp_path / "letters.sqlite")


# Task 1


@pytest.mark.task(1)
@pytest.mark.parametrize("category", ["delivery", "refund", "defect", "account", "other"])
@pytest.mark.parametrize("urgency", ["low", "normal", "high"])
def test_a_ticket_is_read(category, urgency):
    """A JSON object that keeps every rule comes back with its five fields, whatever space is around it."""
    assert read(f"\n {ticket(category=category, urgency=urgency)} \n", GRINDER) == GOOD | {
        "category": category, "urgency": urgency}  # fmt: skip


@pytest.mark.task(1)
def test_what_the_mail_does_not_say_is_null():
    """Neither an order nor a day is a valid answer: a form that insists on them gets them invented."""
    assert read(json.dumps(NOTHING), LOGIN) == NOTHING


@pytest.mark.task(1)
@pytest.mark.parametrize(
    "text",
    ["", "TICKET, as you wished.", "```json\nTICKET\n```", "```\nTICKET\n```", "[TICKET]", "TICKET TICKET",
     "null", '"TICKET"', "Sure! TICKET", "{", "{}", "'order'"],
)  # fmt: skip
def test_nothing_is_repaired(text):
    """A fence, prose, a list, two objects, nothing: no ticket is dug out of what is not one JSON object."""
    complaint(text.replace("TICKET", ticket()))


@pytest.mark.task(1)
def test_a_cut_ticket_is_no_ticket():
    """Wherever the text is cut, what is left is no ticket: a closing brace that nobody sent is a guess."""
    whole = ticket()
    for end in range(len(whole)):
        complaint(whole[:end])


@pytest.mark.task(1)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order", "BT550912"), ("order", "bt-550912"), ("order", "BT-5509123"), ("order", " BT-550912"),
        ("order", "BT-550912\n"), ("order", ""), ("order", 550912), ("order", "ＢＴ-550912"),
        ("order", "BT-٥٥٠٩١٢"), ("summary", "\t"), ("summary", "\u00a0"),
        ("category", "Defect"), ("category", "shipping"), ("category", None), ("category", ["defect"]),
        ("urgency", "urgent"), ("urgency", 2), ("urgency", ""), ("urgency", True),
        ("summary", ""), ("summary", "   "), ("summary", "x" * 121), ("summary", "one\ntwo"),
        ("summary", None), ("summary", 12), ("wanted_by", ""), ("wanted_by", " "), ("wanted_by", 14),
        ("wanted_by", "x" * 81),
    ],
)  # fmt: skip
def test_a_value_outside_of_the_rules_is_refused(field, value):
    """One wrong value makes the whole no ticket, and the complaint names its field."""
    mail = GRINDER | {"body": f"{GRINDER['body']} {value}"}  # it does stand there: that is not what is wrong

    assert field in complaint(ticket(**{field: value}), mail)


@pytest.mark.task(1)
@pytest.mark.parametrize(
    ("field", "value"), [("summary", "x" * 120), ("summary", "x"), ("wanted_by", "x" * 80)]
)
def test_the_limits_are_allowed(field, value):
    """As long as allowed is not too long."""
    mail = GRINDER | {"subject": value}

    assert read(ticket(**{field: value}), mail)[field] == value


@pytest.mark.task(1)
@pytest.mark.parametrize("field", ["order", "category", "urgency", "summary", "wanted_by"])
def test_a_missing_field_is_named(field):
    """All five fields are required: what the mail does not say is null, and not left out."""
    sent = {name: value for name, value in GOOD.items() if name != field}

    assert field in complaint(json.dumps(sent))


@pytest.mark.task(1)
def test_a_field_that_nobody_asked_for_is_refused():
    """An extra field is a misunderstanding, and not a present: it is named, with what came."""
    told = complaint(ticket(discount="half price"))

    assert "discount" in told
    assert "half price" in told


@pytest.mark.task(1)
def test_a_complaint_says_what_to_do():
    """Every wrong field is named at once, with the value that came and all values that are allowed."""
    told = complaint(ticket(category="shipping", urgency="urgent", summary=""))

    words = ["category", "shipping", "delivery", "refund", "defect", "account", "other"]
    words += ["urgency", "urgent", "low", "normal", "high", "summary"]
    assert [word for word in words if word not in told] == []


@pytest.mark.task(1)
@pytest.mark.parametrize(
    "order", ["BT-550913", "QX-204817", "BT-055091", "AB-123456"], ids=["next", "other", "shifted", "example"]
)
def test_an_invented_order_is_refused(order):
    """A number of the right form that the mail does not hold is somebody else's order."""
    told = complaint(ticket(order=order))

    assert "order" in told
    assert order in told


@pytest.mark.task(1)
@pytest.mark.parametrize("around", ["XBT-550912", "BT-5509127", "éBT-550912", "1BT-550912", "BT-550912a"])
def test_half_a_number_does_not_stand_there(around):
    """A longer number that contains this one is another one: the mail has to hold it as whole words."""
    mail = GRINDER | {"subject": "", "body": f"It is about {around}."}

    assert "order" in complaint(ticket(wanted_by=None), mail)


@pytest.mark.task(1)
@pytest.mark.parametrize(
    "words", ["2026-04-01", "Wednesday", "in two  weeks time", "in 2 weeks", "two week", "n two weeks"]
)
def test_words_that_the_customer_did_not_say_are_refused(words):
    """A day that the model computed or put in other words is not what the customer wrote."""
    assert "wanted_by" in complaint(ticket(wanted_by=words))


@pytest.mark.task(1)
@pytest.mark.parametrize(
    ("subject", "body", "words"),
    [("by", "Friday", "by Friday"), ("", "byFriday", "by Friday"), ("", "Friday", "Subject")],
)
def test_words_stand_together_in_one_place(subject, body, words):
    """Half in the subject and half in the body, run together, or in neither: the customer did not say it."""
    mail = GRINDER | {"subject": subject, "body": body}

    assert "wanted_by" in complaint(ticket(order=None, wanted_by=words), mail)


@pytest.mark.task(1)
@pytest.mark.parametrize(
    ("subject", "body"),
    [("BT-550912", "in two weeks"), ("bt-550912!", "(IN TWO WEEKS)"), ("in two weeks", "#BT-550912."),
     ("?", "BT-550912_in two\r\n\t weeks"), ("", "order:BT-550912,in\u00a0two weeks")],
)  # fmt: skip
def test_what_stands_in_the_mail_is_taken(subject, body):
    """Subject or body, in capitals or not, over the end of a line, beside punctuation: it stands there."""
    assert read(ticket(), GRINDER | {"subject": subject, "body": body}) == GOOD


@pytest.mark.task(1)
def test_signs_of_a_pattern_are_signs():
    """What the model says is text to look for, and not a pattern: a dot is a dot."""
    assert "wanted_by" in complaint(ticket(wanted_by="in t.o weeks"))
    assert "wanted_by" in complaint(ticket(wanted_by=".*"))
    mail = GRINDER | {"subject": "(soon?)"}
    assert read(ticket(wanted_by="(soon?)"), mail)["wanted_by"] == "(soon?)"


@pytest.mark.task(1)
def test_sender_and_day_are_no_part_of_the_mail():
    """Subject and body are what the customer wrote: not the address, and not the day on which it came."""
    mail = GRINDER | {"sender": "BT-550912@example.com", "body": "in two weeks"}

    assert "order" in complaint(ticket(), mail)
    assert "wanted_by" in complaint(ticket(wanted_by=WEDNESDAY), GRINDER)


# Task 2


def day(ahead):
    """The day so many days after the mail was received."""
    return (date.fromisoformat(WEDNESDAY) + timedelta(ahead)).isoformat()


@pytest.mark.task(2)
@pytest.mark.parametrize(
    ("phrase", "ahead"),
    [("today", 0), ("Tomorrow", 1), ("by tomorrow, please!", 1), ("in 3 days", 3), ("in 1 day", 1),
     ("in a week", 7), ("in two weeks at the latest", 14), ("in ten days", 10), ("IN TWO\nWEEKS", 14),
     ("in 10 weeks", 70), ("in 365 days", 365), ("in one week", 7)],
)  # fmt: skip
def test_days_are_counted_from_the_day_of_receipt(phrase, ahead):
    """Today is the day on which the mail came in, and not the day on which somebody reads it."""
    assert due(phrase, WEDNESDAY) == day(ahead)


@pytest.mark.task(2)
@pytest.mark.parametrize(
    ("phrase", "ahead"),
    [("Thursday", 1), ("by Friday, please", 2), ("this sunday", 4), ("Monday", 5), ("on TUESDAY", 6),
     ("Wednesday", 7)],
)  # fmt: skip
def test_a_weekday_is_the_first_one_afterwards(phrase, ahead):
    """The first such day after the mail came in; on a Wednesday, "Wednesday" is a week away."""
    assert due(phrase, WEDNESDAY) == day(ahead)


@pytest.mark.task(2)
@pytest.mark.parametrize(
    ("phrase", "ahead"),
    [("next Monday", 5), ("next Wednesday", 7), ("by next friday", 9), ("next  Sunday", 11),
     ("Next\nThursday", 8)],
)  # fmt: skip
def test_next_means_the_week_that_begins_on_monday(phrase, ahead):
    """On a Wednesday, "next Friday" is not the day after tomorrow, but the Friday of the following week."""
    assert due(phrase, WEDNESDAY) == day(ahead)


@pytest.mark.task(2)
@pytest.mark.parametrize(
    ("received", "phrase", "found"),
    [("2026-11-16", "next Monday", "2026-11-23"), ("2026-11-22", "next Monday", "2026-11-23"),
     ("2026-11-22", "Monday", "2026-11-23"), ("2026-11-22", "next Sunday", "2026-11-29"),
     ("2026-12-30", "in 3 days", "2027-01-02"), ("2028-02-28", "tomorrow", "2028-02-29"),
     ("2026-12-31", "Friday", "2027-01-01")],
)  # fmt: skip
def test_weeks_months_and_years_end(received, phrase, found):
    """A week ends on Sunday, and months and years end too."""
    assert due(phrase, received) == found


@pytest.mark.task(2)
@pytest.mark.parametrize("phrase", ["2026-12-01", "until 2026-12-01.", "2026-12-01, please"])
def test_a_written_date_is_itself(phrase):
    """An ISO date needs no counting."""
    assert due(phrase, WEDNESDAY) == "2026-12-01"


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "phrase",
    [None, "", "soon", "as soon as possible", "next week", "2026-02-30", "2026-13-01", "12026-12-01",
     "Fridays", "in some days", "in 5000 days", "in 1000000 weeks", "in 3 months", "in 2 working days",
     "3 days", "todays", "goodfriday", "in 2 weekends", "within a week", "01.12.2026", "in eleven days"],
)  # fmt: skip
def test_what_it_does_not_know_is_none(phrase):
    """No day is better than a guessed one: a person can still read the customer's words."""
    assert due(phrase, WEDNESDAY) is None


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "phrase",
    ["not before Friday", "after Monday", "the day after tomorrow", "last Friday", "Friday or Saturday",
     "every Monday", "not today", "since 2026-03-01", "Friday, Saturday", "tomorrow (2026-03-20)",
     "in 3 days, on Monday", "today, tomorrow",
     "in 2 days, in 3 days", "AFTER Monday", "not, please, Friday",
     "any day except Friday", "next Friday, not Friday"],
)  # fmt: skip
def test_doubt_is_no_day(phrase):
    """Two different days, or a word that turns the meaning round, are for a person."""
    assert due(phrase, WEDNESDAY) is None


@pytest.mark.task(2)
def test_one_day_said_twice_is_one_day():
    """Two ways to say the same day leave no doubt."""
    assert due("tomorrow, Thursday", WEDNESDAY) == day(1)
    assert due("Friday (2026-03-20)", WEDNESDAY) == day(2)


# Task 3


def parts(part):
    """Every schema in a schema."""
    yield part
    for inner in [
        *part.get("properties", {}).values(),
        *part.get("$defs", {}).values(),
        *part.get("anyOf", []),
    ]:
        yield from parts(inner)


@pytest.mark.task(3, needs=[1])
def test_the_schema_is_strict():
    """A json_schema with a name and `strict`: without it, a schema is a hint that the model may take."""
    wanted = schema()

    assert wanted["type"] == "json_schema"
    assert wanted["json_schema"]["name"]
    assert wanted["json_schema"]["strict"] is True


@pytest.mark.task(3, needs=[1])
def test_the_schema_says_what_strict_mode_takes():
    """Every object is closed, every property required, and no keyword is there that strict mode refuses."""
    found = list(parts(schema()["json_schema"]["schema"]))

    assert {key for part in found for key in part} - set(STRICT) == set()
    objects = [part for part in found if "properties" in part]
    assert objects
    for part in objects:
        assert part["additionalProperties"] is False
        assert set(part["required"]) == set(part["properties"])


@pytest.mark.task(3, needs=[1])
@pytest.mark.parametrize(
    ("change", "fits"),
    [({}, True), ({"order": None, "wanted_by": None}, True), ({"category": "shipping"}, False),
     ({"urgency": "urgent"}, False), ({"summary": None}, False), ({"extra": 1}, False),
     ({"order": 1}, False)],
)  # fmt: skip
def test_the_schema_is_that_of_the_form(change, fits):
    """What the schema lets through is what the form takes: the same fields, types and values."""
    asked = schema()["json_schema"]["schema"]

    assert (violation(GOOD | change, asked) == "") == fits


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("plain")
def test_says_what_was_said_and_spent(tape):
    """An attempt holds the model's words, unchanged, no problem, and the tokens of the call."""
    attempt = ask(brief(LATE))

    assert (attempt["text"], attempt["problem"], attempt["refused"]) == (texts(tape)[0], "", False)
    assert spent([attempt]) == paid(tape)


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("plain")
def test_the_call_carries_the_schema(tape):
    """The messages go to the fast tier with the schema, without a temperature: current models refuse it."""
    ask(brief(LATE))

    [call] = tape.calls
    assert call.body["response_format"] == schema()
    assert call.body["messages"] == brief(LATE)
    assert (call.tier, call.facts.temperature) == ("fast", "unset")


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("busy")
def test_survives_a_rate_limit(tape):
    """A 429 is not an answer: the SDK asks again, unless its retries were switched off."""
    assert ask(brief(LATE))["text"] == texts(tape)[0]
    assert len(tape.calls) == 2


@pytest.mark.task(3, needs=[1])
@pytest.mark.parametrize("words", [
    pytest.param("cut", marks=pytest.mark.cassette("cut")),
    pytest.param("whole", marks=pytest.mark.cassette("full_but_cut")),
])  # fmt: skip
def test_a_cut_reply_is_a_problem(tape, words):
    """A finish_reason of `length` is a problem, also where the text looks whole: the end is missing."""
    attempt = ask(brief(LATE))

    assert attempt["problem"]
    assert (attempt["text"], attempt["refused"]) == (texts(tape)[0], False)
    assert spent([attempt]) == paid(tape)


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("refused")
def test_a_refusal_is_told(tape):
    """A refusal stands in a field of its own, and its words are the problem; the call is paid for."""
    attempt = ask(brief(LATE))

    assert attempt["refused"]
    assert tape.steps[0].reply.json["choices"][0]["message"]["refusal"] in attempt["problem"]
    assert spent([attempt]) == paid(tape)


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("filtered")
def test_a_filtered_reply_is_a_refusal(tape):
    """What a content filter stops is stopped the next time too: it counts as refused."""
    attempt = ask(brief(LATE))

    assert attempt["refused"]
    assert attempt["problem"]
    assert spent([attempt]) == paid(tape)


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("speechless")
def test_an_empty_reply_is_a_problem(tape):
    """No words at all are a problem of the attempt, and no crash."""
    attempt = ask(brief(LATE))

    assert attempt["text"] == ""
    assert attempt["problem"]
    assert not attempt["refused"]


@pytest.mark.task(3, needs=[1])
@pytest.mark.cassette("unreachable")
def test_a_broken_connection_is_no_attempt():
    """Where no answer came, nothing was said and nothing is known: the SDK's APIError passes."""
    with pytest.raises(openai.APIError):
        ask(brief(LATE))


# Task 4


def told(call):
    """What the model had said before this call, as far as the call tells."""
    return [message["content"] for message in call.messages if message["role"] == "assistant"]


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.cassette("plain")
def test_a_mail_becomes_a_ticket(tape):
    """One good reply is one call: the ticket, the day that your code found, and the attempt."""
    found = extract(LATE)

    said = json.loads(texts(tape)[0])
    assert found["ticket"] == said
    assert found["due"] == due(said["wanted_by"], WEDNESDAY)
    assert [(each["text"], each["problem"]) for each in found["attempts"]] == [(texts(tape)[0], "")]
    assert [call.body["messages"] for call in tape.calls] == [brief(LATE)]


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.cassette("login")
def test_no_day_is_no_day(tape):
    """A mail that wants nothing by any day has none."""
    found = extract(LOGIN)

    assert found["ticket"] == json.loads(texts(tape)[0])
    assert found["due"] is None


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.parametrize("words", [
    pytest.param("order", marks=pytest.mark.cassette("corrected")),
    pytest.param("day", marks=pytest.mark.cassette("computed")),
])  # fmt: skip
def test_what_the_model_made_up_goes_back(tape, words):
    """The second call shows the model what it said, and the words of Unreadable about it, at the end."""
    found = extract(LATE)

    first, second = texts(tape)
    assert found["ticket"] == json.loads(second)
    assert tape.calls[1].body["messages"][:2] == brief(LATE)
    assert told(tape.calls[1]) == [first]
    assert tape.calls[1].messages[-1]["role"] == "user"
    assert complaint(first, LATE) in tape.calls[1].messages[-1]["content"]


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.cassette("two_mistakes")
def test_every_attempt_is_kept_and_paid(tape):
    """A fence, a wrong label, a ticket: three attempts, each with its text, its problem and its tokens."""
    found = extract(LATE)

    assert found["ticket"] == json.loads(texts(tape)[-1])
    assert [each["text"] for each in found["attempts"]] == texts(tape)
    wrong = [complaint(text, LATE) for text in texts(tape)[:2]]
    assert [each["problem"] for each in found["attempts"]] == [*wrong, ""]
    assert spent(found["attempts"]) == paid(tape)
    for words, call in zip(wrong, tape.calls[1:], strict=True):
        assert words in call.messages[-1]["content"]


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.parametrize("words", [
    pytest.param("cut", marks=pytest.mark.cassette("cut_once")),
    pytest.param("nothing", marks=pytest.mark.cassette("blank")),
])  # fmt: skip
def test_a_reply_that_is_none_is_asked_again(tape, words):
    """A cut and an empty reply are asked again with their problem; no empty message is sent."""
    found = extract(LATE)

    assert found["ticket"] == json.loads(texts(tape)[-1])
    assert len(tape.calls) == len(found["attempts"]) == 2
    assert told(tape.calls[1]) == [text for text in texts(tape)[:1] if text]
    assert found["attempts"][0]["problem"] in tape.calls[1].messages[-1]["content"]
    assert found["attempts"][0]["problem"]


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.cassette("never")
@pytest.mark.parametrize("allowed", [{"tries": 4}, {}, {"tries": 1}], ids=["four", "three", "one"])
def test_gives_up_after_the_tries_allowed(tape, allowed):
    """So many calls (three, if nobody says), then Unusable, with all attempts, problems and tokens."""
    with pytest.raises(Unusable) as error:
        extract(LATE, **allowed)

    attempts = plain(error.value.attempts)
    assert len(tape.calls) == len(attempts) == allowed.get("tries", 3)
    assert [each["text"] for each in attempts] == texts(tape)[: len(attempts)]
    assert [each["problem"] for each in attempts] == [complaint(each["text"], LATE) for each in attempts]
    assert spent(attempts) == paid(tape)


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.parametrize("calls", [
    pytest.param(1, marks=pytest.mark.cassette("refused")),
    pytest.param(1, marks=pytest.mark.cassette("filtered")),
    pytest.param(2, marks=pytest.mark.cassette("refused_later")),
])  # fmt: skip
def test_a_refusal_is_not_asked_again(tape, calls):
    """Who asks again after a refusal pays for the same refusal: Unusable at once, with what was tried."""
    with pytest.raises(Unusable) as error:
        extract(LATE)

    attempts = plain(error.value.attempts)
    assert len(tape.calls) == len(attempts) == calls
    assert attempts[-1]["refused"]
    assert spent(attempts) == paid(tape)


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.parametrize("words", [
    pytest.param("request", marks=pytest.mark.cassette("fails_later")),
    pytest.param("connection", marks=pytest.mark.cassette("unreachable")),
])  # fmt: skip
def test_an_error_of_the_provider_is_not_the_mails_fault(words):
    """An APIError passes, and is not Unusable: the same mail can be tried later."""
    with pytest.raises(openai.APIError):
        extract(LATE)


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.cassette("plain")
def test_the_model_gets_no_day_and_no_address(tape):
    """Neither the day of receipt nor the sender is sent: a model that knows no day computes none."""
    extract(LATE)

    assert tape.calls[0].messages == brief(LATE)


# Task 5


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("plain")
def test_the_library_makes_the_same_ticket(tape):
    """One call of the fast tier with a schema, and the same result as by hand."""
    found = extract_with_instructor(LATE)

    said = json.loads(texts(tape)[0])
    assert found["ticket"] == said
    assert found["due"] == due(said["wanted_by"], WEDNESDAY)
    assert [call.tier for call in tape.calls] == ["fast"]
    assert tape.calls[0].facts.format == "json_schema"
    assert tape.calls[0].body["response_format"] != schema()  # the library writes its own
    assert [(each["text"], each["problem"]) for each in found["attempts"]] == [(texts(tape)[0], "")]


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("words", [
    pytest.param("order", marks=pytest.mark.cassette("corrected")),
    pytest.param("day", marks=pytest.mark.cassette("computed")),
])  # fmt: skip
def test_the_library_sees_what_was_made_up(tape, words):
    """It validates with the mail as context: an invented number is asked again, and no ticket."""
    found = extract_with_instructor(LATE)

    assert found["ticket"] == json.loads(texts(tape)[-1])
    assert len(tape.calls) == 2
    assert [bool(each["problem"]) for each in found["attempts"]] == [True, False]


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("calls", [
    pytest.param(1, marks=pytest.mark.cassette("plain")),
    pytest.param(2, marks=pytest.mark.cassette("corrected")),
    pytest.param(3, marks=pytest.mark.cassette("two_mistakes")),
])  # fmt: skip
def test_the_librarys_calls_are_paid_once(tape, calls):
    """One attempt per call, each with its own tokens: the sum is what the provider counted, and not more."""
    found = extract_with_instructor(LATE)

    assert [each["text"] for each in found["attempts"]] == texts(tape)
    assert len(tape.calls) == calls
    assert spent(found["attempts"]) == paid(tape)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("never")
@pytest.mark.parametrize("allowed", [{}, {"tries": 1}, {"tries": 2}], ids=["three", "one", "two"])
def test_the_library_makes_as_many_calls_as_allowed(tape, allowed):
    """`tries` is the number of calls, whatever the library's `max_retries` counts; then it is Unusable."""
    with pytest.raises(Unusable) as error:
        extract_with_instructor(LATE, **allowed)

    attempts = plain(error.value.attempts)
    assert len(tape.calls) == len(attempts) == allowed.get("tries", 3)
    assert all(each["problem"] for each in attempts)
    assert spent(attempts) == paid(tape)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("words", [
    pytest.param("cut", marks=pytest.mark.cassette("cut", repeats="any")),
    pytest.param("refused", marks=pytest.mark.cassette("refused", repeats="any")),
])  # fmt: skip
def test_the_librarys_errors_do_not_get_out(tape, words):
    """However the library takes a cut reply or a refusal, for the caller it is Unusable, and it is paid."""
    with pytest.raises(Unusable) as error:
        extract_with_instructor(LATE)

    attempts = plain(error.value.attempts)
    assert 1 <= len(tape.calls) == len(attempts) <= 3
    assert spent(attempts) == paid(tape)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("words", [
    pytest.param("request", marks=pytest.mark.cassette("fails_later")),
    pytest.param("connection", marks=pytest.mark.cassette("unreachable")),
])  # fmt: skip
def test_the_library_does_not_hide_an_error_of_the_provider(words):
    """An APIError comes out as itself, and not wrapped in an exception of the library."""
    with pytest.raises(openai.APIError):
        extract_with_instructor(LATE)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("braces")
def test_a_mail_is_no_template(tape):
    """What a customer writes is never run: braces reach the model as they are, and so do our words."""
    extract_with_instructor(BRACES)

    assert letter(BRACES) in tape.calls[0].text
    assert brief(BRACES)[0]["content"] in tape.calls[0].text


# Task 6


@pytest.mark.task(6)
def test_mails_are_accepted_once(path):
    """New mails wait; a mail that comes a second time changes nothing, and is not counted."""
    assert accept(path, [LATE, GRINDER]) == 2
    assert accept(path, [GRINDER | {"body": "Changed."}, LOGIN, LOGIN]) == 1
    assert accept(path, []) == 0

    kept = [{name: row[name] for name in LATE} for row in rows(path, "mail")]
    assert kept == [LATE, GRINDER, LOGIN]
    assert set(states(path).values()) == {"waiting"}


@pytest.mark.task(6)
@pytest.mark.parametrize("state", ["done", "dead"])
def test_a_known_mail_does_not_wait_again(path, state):
    """A mail that was worked on and is sent once more stays what it is: nobody wants two tickets."""
    put(path, LATE, state=state)

    assert accept(path, [LATE]) == 0
    assert states(path) == {"m-1": state}


@pytest.mark.task(6)
def test_mails_are_accepted_all_or_none(path):
    """When one of them cannot be kept, none is, and the caller hears of it: it can send all of them again."""
    full(path, "INSERT ON mail WHEN NEW.id = 'm-2'")
    with pytest.raises(Exception, match="disk is full"):
        accept(path, [LATE, GRINDER, LOGIN])

    assert rows(path, "mail") == []


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("two_a_day")
def test_tickets_go_into_the_outbox(tape, path):
    """Each waiting mail becomes an undelivered ticket with its day; the mail is done, the attempts kept."""
    put(path, LATE | {"id": "m-7"}, LOGIN | {"received": "2026-03-02"})

    assert work(path) == {"done": 2, "dead": 0, "waiting": 0}
    said = [json.loads(text) for text in texts(tape)]
    kept = [(row["mail_id"], json.loads(row["ticket"]), row["due"]) for row in rows(path, "tickets")]
    assert kept == [("m-7", said[0], due(said[0]["wanted_by"], WEDNESDAY)), ("m-3", said[1], None)]
    assert [row["delivered"] for row in rows(path, "tickets")] == [0, 0]
    assert states(path) == {"m-7": "done", "m-3": "done"}
    assert [(row["mail_id"], row["number"]) for row in rows(path, "attempts")] == [("m-7", 1), ("m-3", 1)]


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("day")
def test_what_stays_unreadable_is_a_dead_letter(tape, path):
    """Out of tries: a dead letter with why and since, and every attempt; the next mails are worked on."""
    put(path, LATE, GRINDER, LOGIN, BRACES)

    assert work(path, clock=lambda: 12.5) == {"done": 2, "dead": 1, "waiting": 1}
    assert states(path) == {"m-1": "done", "m-2": "dead", "m-3": "waiting", "m-4": "done"}
    tries = [row for row in rows(path, "attempts") if row["mail_id"] == "m-2"]
    assert [(row["number"], row["text"]) for row in tries] == list(enumerate(texts(tape)[1:4], 1))
    assert [row["problem"] for row in tries] == [complaint(row["text"]) for row in tries]
    assert rows(path, "dead") == [{"mail_id": "m-2", "why": tries[-1]["problem"], "since": 12.5}]


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("day")
def test_every_answer_is_in_the_books(tape, path):
    """The tokens of all attempts in the store are what the provider counted, for dead mails too."""
    put(path, LATE, GRINDER, LOGIN, BRACES)
    work(path)

    kept = rows(path, "attempts")
    assert [sum(row[kind] for row in kept) for kind in ("input_tokens", "output_tokens")] == paid(tape)
    assert [row["mail_id"] for row in rows(path, "tickets")] == ["m-1", "m-4"]


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("refused")
def test_a_refused_mail_is_a_dead_letter(tape, path):
    """A refusal is one attempt, and then it is for a person, who reads the words of the refusal."""
    put(path, LATE)
    work(path)

    assert len(tape.calls) == 1
    [why] = [row["why"] for row in rows(path, "dead")]
    assert tape.steps[0].reply.json["choices"][0]["message"]["refusal"] in why


@pytest.mark.task(6, needs=[1, 2, 3, 4])
def test_what_is_done_is_not_done_again(path):
    """Done and dead mails are not taken up: no model is asked a second time."""
    put(path, LATE, state="done")
    bury(path, GRINDER)
    before = everything(path)

    assert work(path) == {"done": 0, "dead": 0, "waiting": 0}
    assert everything(path) == before


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.parametrize("words", [
    pytest.param("status", marks=pytest.mark.cassette("fails_later")),
    pytest.param("connection", marks=pytest.mark.cassette("unreachable")),
])  # fmt: skip
def test_an_error_of_the_provider_leaves_the_mail_waiting(path, words):
    """A provider that does not answer is no reason to bury a mail: it waits, and nothing is written."""
    put(path, LATE)
    before = everything(path)

    assert work(path) == {"done": 0, "dead": 0, "waiting": 1}
    assert everything(path) == before


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("second_life")
def test_attempts_are_numbered_on(tape, path):
    """A mail that waits again is tried again: its attempts follow the old ones, and it may die again."""
    put(path, GRINDER)
    work(path, clock=lambda: 1.0)
    with opened(path) as store:
        store.execute("DELETE FROM dead")
        store.execute("UPDATE mail SET state = 'waiting'")

    assert work(path, tries=1, clock=lambda: 2.0) == {"done": 0, "dead": 1, "waiting": 0}
    assert [row["number"] for row in rows(path, "attempts")] == [1, 2, 3, 4]
    assert [row["text"] for row in rows(path, "attempts")] == texts(tape)
    assert [row["since"] for row in rows(path, "dead")] == [2.0]


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.parametrize(
    ("moment", "mail"),
    [
        pytest.param("INSERT ON tickets", LATE, marks=pytest.mark.cassette("plain"), id="ticket"),
        pytest.param("INSERT ON attempts", LATE, marks=pytest.mark.cassette("plain"), id="attempts"),
        pytest.param("UPDATE ON mail", LATE, marks=pytest.mark.cassette("plain"), id="state"),
        pytest.param("INSERT ON dead", LATE, marks=pytest.mark.cassette("refused"), id="dead"),
        pytest.param("INSERT ON attempts", LATE, marks=pytest.mark.cassette("refused"), id="dead_attempts"),
        pytest.param("UPDATE ON mail", LATE, marks=pytest.mark.cassette("refused"), id="dead_state"),
    ],
)
def test_result_and_state_are_one_transaction(path, moment, mail):
    """Whatever cannot be written, nothing else is: the mail waits as before, and can be worked on again."""
    put(path, mail)
    full(path, moment)
    before = everything(path)
    with pytest.raises(Exception, match="disk is full"):
        work(path)

    assert everything(path) == before


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("dead_and_alive")
def test_each_mail_is_kept_by_itself(tape, path):
    """What one mail became is kept before the next one ends: who is killed then loses one mail's work."""
    put(path, LATE, GRINDER)
    found = []

    def clock():
        found.append(states(killed(path, "killed")))
        return 3.0

    work(path, tries=1, clock=clock)
    assert found == [{"m-1": "done", "m-2": "waiting"}]
    assert states(path) == {"m-1": "done", "m-2": "dead"}


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("dead_and_alive")
def test_a_mail_is_written_down_before_the_next_one_is_asked_about(tape, path):
    """Who asks about all of them first loses every paid answer with the process."""
    put(path, GRINDER, LATE)
    asked = []

    def clock():
        asked.append(len(tape.calls))
        return 3.0

    assert work(path, tries=1, clock=clock) == {"done": 1, "dead": 1, "waiting": 0}
    assert asked == [1]


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("slow", scale=0.4)
def test_the_store_is_free_while_the_model_thinks(tape, path):
    """A model takes its time, and nobody else has to wait for it: no transaction is open meanwhile."""
    put(path, LATE)

    def write():
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=0.1)) as store, store:
            store.execute("INSERT INTO pairs VALUES (1, 'm-9', '', '')")

    other = meanwhile(tape, write)
    work(path)
    other.join()

    assert [row["mail_id"] for row in rows(path, "pairs")] == ["m-9"]


@pytest.mark.task(6, needs=[1, 2, 3, 4])
@pytest.mark.cassette("slow", scale=0.4)
def test_a_mail_that_was_decided_meanwhile_is_left_as_it_is(tape, path):
    """While the model thinks, somebody else posts the ticket: nothing of this run is written or counted."""
    put(path, LATE)

    def decide():
        with opened(path) as store:
            store.execute("UPDATE mail SET state = 'done'")
            store.execute("INSERT INTO tickets VALUES ('m-1', '{}', NULL, 0)")

    other = meanwhile(tape, decide)
    counts = work(path)
    other.join()

    assert counts == {"done": 0, "dead": 0, "waiting": 0}
    assert states(path) == {"m-1": "done"}
    assert [row["ticket"] for row in rows(path, "tickets")] == ["{}"]
    assert rows(path, "attempts") == rows(path, "dead") == []


@pytest.mark.task(6)
def test_tickets_are_delivered_once(path):
    """Every ticket goes to the desk under its mail's id, with the day, oldest first; then never again."""
    outbox(path, GRINDER, LATE)
    got = []

    assert deliver(path, lambda key, ticket: got.append((key, ticket))) == 2
    assert deliver(path, lambda key, ticket: got.append((key, ticket))) == 0
    assert got == [(mail["id"], NOTHING | {"summary": mail["subject"], "due": "2026-03-27"})
                   for mail in (GRINDER, LATE)]  # fmt: skip
    assert [row["delivered"] for row in rows(path, "tickets")] == [1, 1]


@pytest.mark.task(6)
def test_a_ticket_that_the_desk_does_not_take_stays(path):
    """A desk that raises has taken nothing: the ticket stays undelivered, and the others are handed over."""
    outbox(path, LOGIN, GRINDER, LATE)
    got = []

    def choosy(key, ticket):
        if key == "m-2":
            raise ValueError("no queue takes this")
        got.append(key)

    assert deliver(path, nobody) == 0
    assert deliver(path, choosy) == 2
    assert got == ["m-3", "m-1"]
    assert [row["delivered"] for row in rows(path, "tickets")] == [1, 0, 1]


@pytest.mark.task(6)
def test_killed_at_the_desk_nothing_is_lost(path):
    """Killed while the desk works: whoever goes on delivers this ticket again, under the same key."""
    outbox(path, LATE, GRINDER, LOGIN)
    copies, again = [], []
    deliver(path, lambda key, _: copies.append((key, killed(path, key))))

    for key, copy in copies:
        deliver(copy, lambda key, _: again.append(key))
        assert again[0] == key
        again.clear()
    assert [key for key, _ in copies] == ["m-1", "m-2", "m-3"]


@pytest.mark.task(6)
def test_killed_between_two_tickets_the_first_is_not_delivered_again(path):
    """Each ticket is marked by itself: a kill costs one repetition at most, and not a whole run's."""
    outbox(path, LATE, GRINDER, LOGIN)
    copies, again = [], []
    deliver(path, lambda key, _: copies.append(killed(path, key)))

    for number, copy in enumerate(copies):
        deliver(copy, lambda key, _: again.append(key))
        assert again == ["m-1", "m-2", "m-3"][number:]
        again.clear()


@pytest.mark.task(6)
def test_the_store_is_free_while_the_desk_works(path):
    """A desk takes its time, and nobody else has to wait for it: no transaction is open meanwhile."""
    outbox(path, LATE, GRINDER)

    def desk(key, ticket):
        with closing(sqlite3.connect(path, timeout=0.1)) as store, store:
            store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?, '', '')", [key])

    assert deliver(path, desk) == 2
    assert len(rows(path, "pairs")) == 2


# Task 7


async def send(app, where, body=b""):
    """The status and the text that a POST is answered with."""
    seen = await visit(app, where, posting=body.encode() if isinstance(body, str) else body)
    return seen.status, seen.text


async def fails(app, where, body=b""):
    """Whether a POST ends as a server's error: an app may let it out, or say so itself."""
    try:
        return (await send(app, where, body))[0] >= 500
    except NotImplementedError:
        raise
    except Exception:
        return True


@pytest.mark.task(7, needs=[1, 2, 6])
async def test_a_corrected_ticket_goes_the_way_of_all_tickets(path):
    """Into the outbox with the day that your code finds; the mail is done, and dead no more."""
    bury(path, GRINDER)
    app = create_app(path)

    assert (await send(app, "/dead/m-2/correct", ticket()))[0] == 200
    [kept] = rows(path, "tickets")
    assert (json.loads(kept["ticket"]), kept["due"], kept["delivered"]) == (GOOD, "2026-04-01", 0)
    assert states(path) == {"m-2": "done"}
    assert rows(path, "dead") == []
    assert len(rows(path, "attempts")) == 2


@pytest.mark.task(7, needs=[1, 2, 6])
async def test_a_correction_is_worth_keeping(path):
    """A pair of the last wrong text and the right ticket, told as a chat: system, mail, ticket."""
    bury(path, GRINDER)
    bury(path, LOGIN)
    app = create_app(path)
    await send(app, "/dead/m-3/correct", json.dumps(NOTHING))
    await send(app, "/dead/m-2/correct", ticket())

    pairs = [(row["mail_id"], row["wrong"], json.loads(row["right"])) for row in rows(path, "pairs")]
    assert pairs == [("m-3", "text 2", NOTHING), ("m-2", "text 2", GOOD)]
    chats = [json.loads(line)["messages"] for line in (await visit(app, "/pairs")).text.splitlines()]
    assert [chat[:-1] for chat in chats] == [brief(LOGIN), brief(GRINDER)]
    assert [(chat[-1]["role"], json.loads(chat[-1]["content"])) for chat in chats] == [
        ("assistant", NOTHING), ("assistant", GOOD)]  # fmt: skip


@pytest.mark.task(7, needs=[1, 2, 6])
@pytest.mark.parametrize(
    "body",
    ["", "{", ticket(category="shipping"), ticket(order="BT-000000"), ticket(wanted_by="soon"), ticket(x=1),
     "[]", '{"order": null}'],
)  # fmt: skip
async def test_a_person_can_be_wrong_too(path, body):
    """What is no ticket for this mail is a 422, for an object in the words of Unreadable; nothing changes."""
    bury(path, GRINDER)
    before = everything(path)
    status, text = await send(create_app(path), "/dead/m-2/correct", body)

    assert status == 422
    if body.startswith('{"'):  # what is no object at all may be refused in any words
        assert json.loads(text)["detail"] == complaint(body)
    assert everything(path) == before


@pytest.mark.task(7, needs=[1, 2, 6])
@pytest.mark.parametrize(
    "moment", ["INSERT ON tickets", "INSERT ON pairs", "UPDATE ON mail", "DELETE ON dead"]
)
async def test_a_correction_is_one_transaction(path, moment):
    """Whatever cannot be written, nothing else is: the letter is still there, and can be corrected again."""
    bury(path, GRINDER)
    full(path, moment)
    before = everything(path)
    assert await fails(create_app(path), "/dead/m-2/correct", ticket())
    assert everything(path) == before


@pytest.mark.task(7)
async def test_a_redriven_mail_waits_again(path):
    """Out of the dead letters, waiting, with all attempts kept: whoever works next takes it up."""
    bury(path, GRINDER)
    bury(path, LATE)
    before = rows(path, "attempts")

    assert (await send(create_app(path), "/dead/m-2/redrive"))[0] == 200
    assert states(path) == {"m-2": "waiting", "m-1": "dead"}
    assert [row["mail_id"] for row in rows(path, "dead")] == ["m-1"]
    assert rows(path, "attempts") == before


@pytest.mark.task(7)
@pytest.mark.parametrize("moment", ["UPDATE ON mail", "DELETE ON dead"])
async def test_a_redrive_is_one_transaction(path, moment):
    """A mail that is neither dead nor waiting is lost: both are written, or none."""
    bury(path, GRINDER)
    full(path, moment)
    before = everything(path)
    assert await fails(create_app(path), "/dead/m-2/redrive")
    assert everything(path) == before


@pytest.mark.task(7, needs=[1, 2, 6])
@pytest.mark.parametrize("first", ["correct", "redrive"])
@pytest.mark.parametrize("second", ["correct", "redrive"])
async def test_who_comes_second_is_told(path, first, second):
    """Two people press a button: the second gets a 409, and what the first one did stays."""
    bury(path, GRINDER)
    app = create_app(path)
    assert (await send(app, f"/dead/m-2/{first}", ticket()))[0] == 200
    before = everything(path)

    assert (await send(app, f"/dead/m-2/{second}", ticket()))[0] == 409
    assert everything(path) == before


@pytest.mark.task(7, needs=[1, 2, 6])
@pytest.mark.parametrize("what", ["correct", "redrive"])
async def test_who_comes_at_the_same_moment_is_told(path, what):
    """While one person's decision is written, the next one waits, and then finds the letter gone: a 409."""
    bury(path, GRINDER)
    first = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    first.execute("BEGIN IMMEDIATE")

    def decide():
        with closing(first):
            first.execute("DELETE FROM dead")
            first.execute("UPDATE mail SET state = 'waiting'")
            first.execute("COMMIT")

    other = threading.Timer(0.2, decide)
    other.start()
    status, _ = await send(create_app(path), f"/dead/m-2/{what}", ticket())
    other.join()

    assert status == 409
    assert states(path) == {"m-2": "waiting"}
    assert rows(path, "tickets") == rows(path, "pairs") == []


@pytest.mark.task(7)
async def test_a_mail_that_nobody_knows_is_a_404(path):
    """An id that no mail has is a 404, whatever is wanted of it."""
    put(path, LATE)
    app = create_app(path)

    assert (await send(app, "/dead/m-9/redrive"))[0] == 404
    assert (await send(app, "/dead/m-9/correct", ticket()))[0] == 404
    assert states(path) == {"m-1": "waiting"}
