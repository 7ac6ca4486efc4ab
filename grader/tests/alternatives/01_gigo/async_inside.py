"""Alternative: the asynchronous client inside, a JSON schema for JSON mode, a correction in two notes."""

from __future__ import annotations

import asyncio
import json
import re
import unicodedata
from dataclasses import asdict, dataclass, field

from openai import APIError, AsyncOpenAI

from grader.models import Usage, cost, model

SCHEMA = {
    "name": "reply",
    "strict": True,
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["answer", "confidence", "citations", "escalate"],
        "properties": {
            "answer": {"type": "string"},
            "confidence": {"type": "number"},
            "citations": {"type": "array", "items": {"type": "string"}},
            "escalate": {"type": "boolean"},
        },
    },
}
TYPES = {"answer": [str], "confidence": [int, float], "citations": [list], "escalate": [bool]}


class Unusable(ValueError):
    """Write again."""


class InvalidReply(ValueError):
    """Answer again."""


@dataclass
class Bill:
    """What was called so far."""

    calls: list = field(default_factory=list)

    async def ask(self, tier, messages, form):
        async with AsyncOpenAI() as client:
            reply = await client.chat.completions.create(
                model=model(tier), messages=messages, response_format=form
            )
        usage = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
        self.calls.append({"tier": tier, "usage": asdict(usage), "dollars": float(cost(usage, model(tier)))})
        return reply.choices[0].message.content


def clean(text, longest=500):
    kept = []
    for c in text:
        if c.isspace():
            kept.append(" ")
        elif not unicodedata.category(c).startswith("C"):
            kept.append(c)
    query = re.sub(" {2,}", " ", "".join(kept)).strip(" ")
    if query == "":
        raise Unusable("empty")
    if len(query) > longest:
        raise Unusable("too long")
    return query


def faq_answer(query, faq):
    while faq:
        first, *faq = faq
        if re.search(first["pattern"], query, flags=re.I) is not None:
            return first["answer"]
    return None


def messages_for(rules, query):
    body = query.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return [
        {"role": "system", "content": rules},
        {
            "role": "user",
            "content": f"It stands in the <query> tag.\n<query>\n\n{body}\n\n</query>",
        },
    ]


def intent_messages(query, intents):
    return messages_for(f"Label the query: {intents} or OTHER.", query)


def answer_messages(query, documents):
    sheets = [f"## {name}\n{text}" for name, text in documents.items()]
    return messages_for("\n".join(["Answer from these sheets only, in JSON.", *sheets]), query)


async def _classify(bill, query, intents):
    said = (await bill.ask("fast", intent_messages(query, intents), {"type": "text"})).strip()
    return said if intents.count(said) else "OTHER"


def classify(query, intents):
    bill = Bill()
    return asyncio.run(_classify(bill, query, intents)), bill.calls[-1]


def wrong_with(reply, documents):
    for name in reply.keys() ^ TYPES.keys():
        yield f"{name} is missing or not wanted"
    for name in reply.keys() & TYPES.keys():
        if type(reply[name]) not in TYPES[name]:
            yield f"{name} has a wrong type"


def weak_in(reply, documents):
    if not 0.0 <= reply["confidence"] <= 1.0:
        yield f"confidence must lie between 0 and 1, and {reply['confidence']} does not"
    yield from (f"citations: {name} was not given" for name in reply["citations"] if name not in documents)
    if len(reply["citations"]) == 0 and reply["escalate"] is False:
        yield "citations: none"
    plain = " " + re.sub(r"[^\w']+", " ", reply["answer"]).lower() + " "
    for words in ("i think", "probably", "maybe", "perhaps", "i'm not sure", "i am not sure"):
        if f" {words} " in plain:
            yield f"answer says {words}"
    if not plain.strip():
        yield "answer is empty"


def check_reply(said, documents):
    try:
        reply = json.loads(said)
    except json.JSONDecodeError as reason:
        raise InvalidReply(str(reason)) from None
    if not isinstance(reply, dict):
        raise InvalidReply("an object is wanted")
    found = list(wrong_with(reply, documents)) or list(weak_in(reply, documents))
    if found:
        raise InvalidReply("; ".join(found))
    return reply


async def _draft(bill, query, documents, corrections):
    talk, problem = answer_messages(query, documents), ""
    for _ in range(corrections + 1):
        try:
            said = await bill.ask("smart", talk, {"type": "json_schema", "json_schema": SCHEMA})
            return check_reply(said, documents), ""
        except APIError as reason:
            return None, f"provider: {reason}"
        except InvalidReply as reason:
            problem = str(reason)
            notes = [{"role": "user", "content": note} for note in (problem, "Again, please, as JSON.")]
            talk = [*talk, {"role": "assistant", "content": said}, *notes]
    return None, problem


def draft(query, documents, corrections=2):
    bill = Bill()
    reply, problem = asyncio.run(_draft(bill, query, documents, corrections))
    return {"reply": reply, "problem": problem, "calls": bill.calls}


async def _handle(bill, query, bank):
    """The intent, the reply that may go out, and why there is none."""
    intent = None
    try:
        intent = await _classify(bill, query, list(bank["handbook"]))
    except APIError as reason:
        return intent, None, str(reason)
    if intent == "OTHER":
        return intent, None, "no topic"
    reply, problem = await _draft(bill, query, bank["handbook"][intent], 2)
    if reply and reply["escalate"]:
        return intent, None, "it asks for a person"
    if reply and reply["confidence"] < 0.6:
        return intent, None, "not certain"
    return intent, reply, problem


def handle(text, bank, hand_off):
    bill = Bill()
    out = {"tier": "faq", "answer": "", "intent": None, "citations": [], "calls": bill.calls, "dollars": 0.0}
    try:
        query = clean(text)
        out["answer"] = faq_answer(query, bank["faq"])
    except Unusable as reason:
        return {**out, "tier": "refused", "answer": f"Please write again ({reason})."}
    if out["answer"]:
        return out
    out["intent"], reply, why = asyncio.run(_handle(bill, query, bank))
    out["dollars"] = sum(call["dollars"] for call in bill.calls)
    if reply:
        return {**out, "tier": "smart", "answer": reply["answer"], "citations": reply["citations"]}
    hand_off({"query": text, "intent": out["intent"], "why": why})
    return {**out, "tier": "person", "answer": "A colleague will answer."}
