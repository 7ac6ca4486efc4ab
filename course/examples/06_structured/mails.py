"""200 support mails and what is replied to each, drawn with a seed: the kinds of mess have stated shares.

Nothing here was said by a vendor's model: mails, replies and shares were written for this course.
A reply that was not accepted is asked for again, and how often it takes is drawn, too (PATIENCE).
`free` is what comes without a schema; `bound` is what comes when a provider keeps a strict one: then the
shape is always right, and what is wrong is a value, a refusal, a cut or nothing at all.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from grader.letters import Mail

SEED, FIRST_DAY = 6, date(2026, 3, 2)
# Kind of the first reply -> how many of the 200 mails get it.
SHARES = {
    "fine": 94,
    "fenced": 16,
    "prose around": 12,
    "trailing comma": 8,
    "wrong enum": 10,
    "missing field": 8,
    "extra field": 6,
    "order as number": 6,
    "long summary": 6,
    "cut at the limit": 6,
    "refusal": 4,
    "empty": 4,
    "invented order": 8,
    "date computed": 8,
    "wrong but valid": 4,
}
# How many corrections it takes until the reply is fine -> how often; None: it never will be.
PATIENCE = {1: 0.70, 2: 0.15, None: 0.15}
TRIES = 3

ISSUES = {
    "delivery": (
        "Parcel not here",
        "My parcel with the {thing} has not arrived, and the tracking is silent.",
    ),
    "refund": ("Money back", "I sent the {thing} back two weeks ago and would like my money."),
    "defect": ("Broken on arrival", "The {thing} came with a crack and does not switch on."),
    "account": ("Cannot log in", "The page with my {thing} wants a password that I never chose."),
    "other": ("A question", "Do you sell spare parts for the {thing}, and do they fit older ones?"),
}
THINGS = ("kettle", "desk lamp", "radio", "rucksack", "toaster", "bicycle bell", "tent", "mixer")
WISHES = ("today", "tomorrow", "next Friday", "in 3 days", "in 2 weeks", "Thursday", "before the holidays")
URGENCY = {"today": "high", "tomorrow": "high"}
NAMES = ("Ada", "Ben", "Chika", "Dora", "Emil", "Fatou", "Goran", "Hana")
NEEDS_ORDER, NEEDS_NONE, NEEDS_WISH = (
    {"order as number", "missing field"},
    {"invented order"},
    {"date computed"},
)
Form = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """A mail, the ticket that it should become, and the replies: text, or how the call ends."""

    mail: Mail
    truth: Form
    kind: str
    free: tuple[Form, ...]
    bound: tuple[Form, ...]


def cases(seed: int = SEED, shares: dict[str, int] | None = None) -> list[Case]:
    """The set, in the order in which the mails came."""
    drawn = random.Random(seed)
    kinds = [kind for kind, count in (shares or SHARES).items() for _ in range(count)]
    drawn.shuffle(kinds)
    return [_case(number, kind, drawn) for number, kind in enumerate(kinds, start=1)]


def _case(number: int, kind: str, drawn: random.Random) -> Case:
    mail, truth = _mail(number, kind, drawn)
    patience = drawn.choices([*PATIENCE], [*PATIENCE.values()])[0] or TRIES
    messy = 0 if kind == "fine" else TRIES if kind == "wrong but valid" else patience
    fine = {"say": json.dumps(truth)}
    free = tuple(MESS[kind](truth, mail) if turn < messy else fine for turn in range(TRIES))
    bound = tuple(BOUND.get(kind, _fine)(truth, mail) if turn < messy else fine for turn in range(TRIES))
    return Case(mail, truth, kind, free, bound)


def _mail(number: int, kind: str, drawn: random.Random) -> tuple[Mail, Form]:
    """A mail with what its kind of reply needs, and its ticket."""
    category = drawn.choice(["delivery", "refund", "defect", "account"] if kind in WRONG else [*ISSUES])
    head, words = ISSUES[category]
    thing, name = drawn.choice(THINGS), drawn.choice(NAMES)
    order = f"{drawn.choice('ABCDEF')}{drawn.choice('KLMNP')}-{drawn.randrange(100_000, 1_000_000)}"
    wish = drawn.choice(WISHES)
    has_order = kind in NEEDS_ORDER or (kind not in NEEDS_NONE and drawn.random() < 0.7)
    has_wish = kind in NEEDS_WISH or drawn.random() < 0.6
    day = FIRST_DAY + timedelta(days=drawn.randrange(28))
    body = [f"Hello,\n\n{words.format(thing=thing)}"]
    body += [f"The order is {order}."] if has_order else []
    body += [f"I need an answer by {wish}, please." if wish != "before the holidays" else
             "I need it before the holidays."] if has_wish else []  # fmt: skip
    mail: Mail = {
        "id": f"m{number:03}",
        "received": day.isoformat(),
        "sender": f"{name.lower()}@example.com",
        "subject": f"{head} ({number:03})",
        "body": " ".join(body) + f"\n\n{name}",
    }
    return mail, {
        "order": order if has_order else None,
        "category": category,
        "urgency": URGENCY.get(wish, "normal") if has_wish else "normal",
        "summary": f"{head}: {thing}.",
        "wanted_by": wish if has_wish else None,
    }


def _fine(truth: Form, _: Mail) -> Form:
    return {"say": json.dumps(truth)}


def _with(**changes: Any) -> Callable[[Form, Mail], Form]:
    return lambda truth, _: {"say": json.dumps(truth | changes)}


def _day(truth: Form, mail: Mail) -> Form:
    """A weekday counted by a model: a date, and not the customer's words."""
    return {
        "say": json.dumps(
            truth | {"wanted_by": str(date.fromisoformat(mail["received"]) + timedelta(days=6))}
        )
    }


def _missing(truth: Form, _: Mail) -> Form:
    return {"say": json.dumps({name: value for name, value in truth.items() if name != "urgency"})}


def _cut(truth: Form, _: Mail) -> Form:
    return {"say": json.dumps(truth)[:60], "finish": "length"}


LONG = "The customer writes at some length about what happened, when it happened, and who said what. " * 2
MESS: dict[str, Callable[[Form, Mail], Form]] = {
    "fine": _fine,
    "fenced": lambda truth, _: {"say": f"```json\n{json.dumps(truth, indent=2)}\n```"},
    "prose around": lambda truth, _: {"say": f"Here is the ticket: {json.dumps(truth)} Anything else?"},
    "trailing comma": lambda truth, _: {"say": json.dumps(truth)[:-1] + ",}"},
    "wrong enum": _with(category="billing"),
    "missing field": _missing,
    "extra field": _with(confidence=0.9),
    "order as number": lambda t, _: {"say": json.dumps(t | {"order": int(t["order"][3:])})},
    "long summary": _with(summary=LONG.strip()),
    "cut at the limit": _cut,
    "refusal": lambda _truth, _mail: {"refusal": "I cannot help with this message."},
    "empty": lambda _truth, _mail: {"say": ""},
    "invented order": _with(order="AB-123456"),
    "date computed": _day,
    "wrong but valid": _with(category="other"),
}
# With a strict schema a wrong word becomes a legal one, which need not be right: here it is "other".
# And a number that has to begin with two letters gets two: here they are made up.
BOUND: dict[str, Callable[[Form, Mail], Form]] = (
    {
        kind: MESS[kind]
        for kind in (
            "long summary",
            "cut at the limit",
            "refusal",
            "invented order",
            "date computed",
            "wrong but valid",
        )
    }
    | {
        "empty": lambda _truth, _mail: {
            "say": "",
            "finish": "length",
        },  # all tokens went into hidden thoughts
        "wrong enum": _with(category="other"),
        "order as number": lambda t, _: {"say": json.dumps(t | {"order": f"ZZ-{t['order'][3:]}"})},
    }
)
WRONG = {"wrong enum", "wrong but valid"}  # "other" must not be right by chance
