"""Alternative: a desk with one method per tier, in another order of ideas; tags are broken by a space."""

from __future__ import annotations

import re
from collections import namedtuple
from decimal import Decimal

from openai import OpenAI, OpenAIError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from grader.models import Usage, cost, model

Call = namedtuple("Call", "tier usage dollars")
LOOSE = ("I think", "probably", "maybe", "perhaps", "I'm not sure", "I am not sure")


class Unusable(RuntimeError):
    """The customer has to write again."""


class InvalidReply(RuntimeError):
    """The model has to write again."""


class Answer(BaseModel):
    """A reply whose rules are validators."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
    answer: str = Field(pattern=r"\S")
    confidence: float = Field(ge=0, le=1)
    citations: list[str]
    escalate: bool

    @field_validator("answer")
    @classmethod
    def certain(cls, value):
        if any(re.search(rf"(?i)(?<!\w){words}(?!\w)", value) for words in LOOSE):
            raise ValueError("say it plainly")
        return value


def clean(text, longest=500):
    invisible = {c: None for c in map(ord, text) if not chr(c).isprintable() and not chr(c).isspace()}
    words = text.translate(invisible).split()
    query = " ".join(words)
    if len(words) == 0 or len(query) > longest:
        raise Unusable(f"Please write between 1 and {longest} characters.")
    return query


def faq_answer(query, faq):
    hits = [e["answer"] for e in faq if re.search(e["pattern"], query, re.I)]
    return hits[0] if hits else None


def _two(system, query):
    safe = re.sub(r"<(?=\s*/?\s*\w)", "< _", query)
    return [dict(role="system", content=system), dict(role="user", content="<query>" + safe + "</query>")]


def intent_messages(query, intents):
    lines = "\n".join("- " + name for name in list(intents) + ["OTHER"])
    return _two("Sort what stands in the tags. Say one of:\n" + lines, query)


def answer_messages(query, documents):
    sheets = "\n\n".join(f"{name}: {text}" for name, text in documents.items())
    return _two("You are a clerk. Sources:\n\n" + sheets + "\n\nReply as a JSON object.", query)


def check_reply(said, documents):
    try:
        found = Answer.model_validate_json(said)
    except ValidationError as reason:
        raise InvalidReply(str(reason)) from reason
    for name in found.citations:
        if name not in documents.keys():
            raise InvalidReply(f"citations: there is no {name}")
    if not found.escalate and len(found.citations) == 0:
        raise InvalidReply("citations: at least one")
    return found


class Desk:
    """Everything that belongs to one query."""

    def __init__(self):
        self.calls = []
        self.sdk = OpenAI()

    def say(self, tier, messages, **options):
        made = self.sdk.chat.completions.create(model=model(tier), messages=messages, **options)
        usage = Usage(made.usage.prompt_tokens, made.usage.completion_tokens)
        self.calls.append(Call(tier, usage, cost(usage, model(tier))))
        return made.choices[0].message.content

    def sort(self, query, intents):
        label = self.say("fast", intent_messages(query, intents)).strip()
        return label if label in set(intents) else "OTHER"

    def write(self, query, documents, left, messages=None):
        messages = messages or answer_messages(query, documents)
        try:
            said = self.say("smart", messages, response_format={"type": "json_object"})
        except OpenAIError as reason:
            return None, repr(reason)
        try:
            return check_reply(said, documents), ""
        except InvalidReply as reason:
            if left == 0:
                return None, str(reason)
            more = [
                dict(role="assistant", content=said),
                dict(role="user", content="Mend this: " + str(reason)),
            ]
            return self.write(query, documents, left - 1, messages + more)


def classify(query, intents):
    desk = Desk()
    return desk.sort(query, intents), desk.calls[0]


def draft(query, documents, corrections=2):
    desk = Desk()
    reply, problem = desk.write(query, documents, corrections)
    return {"reply": reply, "problem": problem, "calls": desk.calls}


def handle(text, bank, hand_off):
    done = dict(
        tier="person", answer="We will call you.", citations=[], intent=None, calls=[], dollars=Decimal(0)
    )
    try:
        query = clean(text)
    except Unusable as reason:
        return done | dict(tier="refused", answer=str(reason))
    known = faq_answer(query, bank["faq"])
    if known is not None:
        return done | dict(tier="faq", answer=known)
    desk, why, reply = Desk(), "no topic fits", None
    try:
        done["intent"] = desk.sort(query, list(bank["handbook"]))
        if done["intent"] in bank["handbook"]:
            reply, why = desk.write(query, bank["handbook"][done["intent"]], 2)
    except OpenAIError as reason:
        why = repr(reason)
    done |= dict(calls=desk.calls, dollars=sum((c.dollars for c in desk.calls), Decimal(0)))
    if reply is not None and not reply.escalate and reply.confidence >= 0.6:
        return done | dict(tier="smart", answer=reply.answer, citations=reply.citations)
    if reply is not None:
        why = "a person should decide" if reply.escalate else "the confidence is low"
    hand_off({"query": text, "intent": done["intent"], "why": why})
    return done
