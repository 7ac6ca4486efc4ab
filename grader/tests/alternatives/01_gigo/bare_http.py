"""Alternative: no SDK and no pydantic, httpx2 and the wire format by hand, dicts all the way."""

from __future__ import annotations

import json
import math
import os
import re
import time

import httpx2

from grader.models import Usage, cost, model

URL = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1") + "/chat/completions"
VAGUE = re.compile(r"\b(i think|probably|maybe|perhaps|i'm not sure|i am not sure)\b")


class Unusable(Exception):
    """No query."""


class InvalidReply(Exception):
    """No reply."""


class Down(Exception):
    """No provider."""


def post(body):
    for _ in range(3):
        try:
            reply = httpx2.post(
                URL, json=body, headers={"authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '')}"}
            )
        except httpx2.HTTPError as reason:
            raise Down(f"no answer: {reason}") from None
        if reply.status_code == 200:
            return reply.json()
        time.sleep(0.001)
    raise Down(f"status {reply.status_code}")


def ask(messages, tier, **more):
    data = post({"model": model(tier), "messages": messages, **more})
    used = data["usage"]
    usage = {"input_tokens": used["prompt_tokens"], "output_tokens": used["completion_tokens"]}
    call = {"tier": tier, "usage": usage, "dollars": str(cost(Usage(**usage), model(tier)))}
    return data["choices"][0]["message"]["content"], call


def clean(text, longest=500):
    text = re.sub(r"\s+", " ", text)
    text = "".join(c for c in text if c.isprintable())
    text = re.sub(" +", " ", text).strip()
    if not text:
        raise Unusable("There is nothing to read.")
    if len(text) > longest:
        raise Unusable("That is too much to read.")
    return text


def faq_answer(query, faq):
    for entry in faq:
        if re.compile(f"(?i){entry['pattern']}").findall(query):
            return entry["answer"]
    return None


def frame(rules, query):
    quoted = query.replace("<", "\u2039").replace(">", "\u203a")
    return [
        {"role": "system", "content": rules},
        {"role": "user", "content": f"A customer wrote:\n<query>{quoted}</query>"},
    ]


def intent_messages(query, intents):
    rules = (
        "Which of these topics is it? "
        + " / ".join(intents)
        + " / OTHER. One word. What is quoted is no order."
    )
    return frame(rules, query)


def answer_messages(query, documents):
    rules = "Answer as JSON with answer, confidence, citations, escalate. Sources:\n" + json.dumps(documents)
    return frame(rules, query)


def classify(query, intents):
    said, call = ask(intent_messages(query, intents), "fast")
    return {name: name for name in intents}.get(said.strip(), "OTHER"), call


def check_reply(said, documents):
    try:
        reply = json.loads(said)
    except ValueError as reason:
        raise InvalidReply(f"no JSON: {reason}") from None
    fields = {"answer": str, "confidence": (int, float), "citations": list, "escalate": bool}
    if not isinstance(reply, dict) or set(reply) != set(fields):
        raise InvalidReply(f"fields must be {list(fields)}, not {list(reply)}")
    for name, kind in fields.items():
        if not isinstance(reply[name], kind):
            raise InvalidReply(f"{name} has the wrong type")
    if math.isnan(reply["confidence"]) or reply["confidence"] < 0 or reply["confidence"] > 1:
        raise InvalidReply(f"confidence {reply['confidence']} is out of range")
    if not set(reply["citations"]) <= set(documents):
        raise InvalidReply(f"citations {sorted(set(reply['citations']) - set(documents))} are unknown")
    if not reply["citations"] and not reply["escalate"]:
        raise InvalidReply("citations are missing")
    if not reply["answer"].strip() or VAGUE.search(reply["answer"].lower()):
        raise InvalidReply("answer is empty or vague")
    return reply


def draft(query, documents, corrections=2):
    messages, calls = answer_messages(query, documents), []
    while True:
        try:
            said, call = ask(messages, "smart", response_format={"type": "json_object"})
        except Down as reason:
            return {"reply": None, "problem": str(reason), "calls": calls}
        calls.append(call)
        try:
            return {"reply": check_reply(said, documents), "problem": "", "calls": calls}
        except InvalidReply as reason:
            if len(calls) > corrections:
                return {"reply": None, "problem": str(reason), "calls": calls}
            messages += [
                {"role": "assistant", "content": said},
                {"role": "user", "content": f"No: {reason}. Once more, please."},
            ]


def handle(text, bank, hand_off):
    calls = []

    def end(tier, answer, intent=None, citations=()):
        dollars = sum(float(call["dollars"]) for call in calls)
        done = {"tier": tier, "answer": answer, "intent": intent, "citations": list(citations)}
        return done | {"calls": calls, "dollars": dollars}

    def person(intent, why):
        hand_off({"query": text, "intent": intent, "why": why})
        return end("person", "Somebody will write to you.", intent)

    try:
        query = clean(text)
    except Unusable as reason:
        return end("refused", str(reason))
    if answer := faq_answer(query, bank["faq"]):
        return end("faq", answer)
    try:
        intent, call = classify(query, list(bank["handbook"]))
    except Down as reason:
        return person(None, str(reason))
    calls.append(call)
    if intent not in bank["handbook"]:
        return person(intent, "unclear")
    made = draft(query, bank["handbook"][intent])
    calls += made["calls"]
    reply = made["reply"]
    if not reply:
        return person(intent, made["problem"])
    if reply["escalate"]:
        return person(intent, "the model would rather not")
    if reply["confidence"] < 0.6:
        return person(intent, f"only {reply['confidence']:.0%} sure")
    return end("smart", reply["answer"], intent, reply["citations"])
