"""An evaluation that asks about all contracts at once, and a store split in two folders."""

import asyncio
import itertools
import re
from dataclasses import dataclass
from hashlib import sha1

import chromadb
from openai import AsyncOpenAI, OpenAI

from grader import shelf as course_shelf
from grader.models import Usage, cost, model


class EmptyCollection(LookupError): ...


class TooFewExamples(LookupError): ...


class OverBudget(ValueError): ...


class Leak(ValueError): ...


class UnknownLabel(ValueError): ...


@dataclass(frozen=True)
class Answer:
    label: str
    usage: Usage


def few_shot(text, examples, labels):
    turns = [
        ("developer", "You sort legal texts. Your whole vocabulary:\n" + "\n".join(f"* {x}" for x in labels))
    ]
    for example in examples:
        turns += [("user", f'Text: "{example["text"]}"'), ("assistant", example["label"])]
    return [{"role": role, "content": content} for role, content in [*turns, ("user", f'Text: "{text}"')]]


def understood(reply, labels):
    details = reply.usage.prompt_tokens_details
    told = dict(details) if details else {}
    cache = (told.get("cached_tokens") or 0, told.get("cache_write_tokens") or 0)
    usage = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens, *cache)
    said = reply.choices[0].message.content or ""
    for label in labels:
        if re.fullmatch(rf"\W*{re.escape(label)}\W*", said, re.IGNORECASE):
            return Answer(label, usage), None
    return Answer(said, usage), UnknownLabel(f"{said!r}: no label, {usage.total_tokens} tokens")


def classify(text, examples, labels):
    messages = few_shot(text, examples, labels)
    reply = OpenAI().chat.completions.create(model=model("fast"), messages=messages, max_completion_tokens=40)
    answer, trouble = understood(reply, labels)
    if trouble:
        raise trouble
    return answer


def place(folder, name):
    client = chromadb.PersistentClient(f"{folder}/{name}")
    return client.get_or_create_collection(name, embedding_function=course_shelf.embedding_function())


def named(texts):
    return {"t" + sha1(text.encode()).hexdigest(): text for text in texts}


def embed_once(texts, folder, embed=course_shelf.ngrams):
    box, names = place(folder, "numbers"), named(texts)
    if not names:
        return []
    have = box.get(ids=list(names), include=[])["ids"]
    lack = {name: text for name, text in names.items() if name not in have}
    if lack:
        box.upsert(ids=list(lack), embeddings=embed(list(lack.values())))
    everything = box.get(ids=list(names), include=["embeddings"])
    vectors = {
        names[i]: [float(x) for x in v]
        for i, v in zip(everything["ids"], everything["embeddings"], strict=True)
    }
    return [vectors[text] for text in texts]


def index(examples, folder):
    if len(examples) == 0:
        return 0
    box, labels = place(folder, "examples"), {e["text"]: e["label"] for e in examples}
    names, before = named(labels), box.count()
    box.upsert(
        ids=list(names),
        embeddings=embed_once(list(names.values()), folder),
        documents=list(names.values()),
        metadatas=[{"label": labels[text]} for text in names.values()],
    )
    return box.count() - before


def nearest(text, folder, k=3, per_label=None):
    box = place(folder, "examples")
    if box.count() == 0:
        raise EmptyCollection(f"There is nothing in {folder}.")
    hits = box.query(query_embeddings=embed_once([text], folder), n_results=box.count())
    ranked = [
        {"text": d, "label": m["label"]}
        for d, m in zip(hits["documents"][0], hits["metadatas"][0], strict=True)
    ]
    if per_label is not None:
        limit = {
            label: [e for e in ranked if e["label"] == label][:per_label]
            for label in {e["label"] for e in ranked}
        }
        ranked = [e for e in ranked if e in limit[e["label"]]]
    if len(ranked) < k:
        raise TooFewExamples(f"{len(ranked)} is less than {k}.")
    return list(itertools.islice(ranked, k))


def within(text, examples, labels, budget, count=lambda words: len(words.split()) * 2):
    base = sum(count(m["content"]) for m in few_shot(text, [], labels))
    if base > budget:
        raise OverBudget(f"needs {base}, has {budget}")
    kept = []
    for example in examples:
        with_it = sum(count(m["content"]) for m in few_shot(text, [*kept, example], labels))
        if with_it <= budget:
            kept = [*kept, example]
    return kept


def evaluate(cases, labels, choose):
    chosen = [choose(case["text"]) for case in cases]
    for case, examples in zip(cases, chosen, strict=True):
        if case["text"] in (e["text"] for e in examples):
            raise Leak("A case is its own example.")

    async def ask_all():
        async with AsyncOpenAI() as client:

            async def one(case, examples):
                messages = few_shot(case["text"], examples, labels)
                reply = await client.chat.completions.create(model=model("fast"), messages=messages)
                return understood(reply, labels)[0]

            return await asyncio.gather(*map(one, cases, chosen))

    answers = asyncio.run(ask_all())
    wrong = [{**c, "said": a.label} for c, a in zip(cases, answers, strict=True) if a.label != c["label"]]
    return {
        "accuracy": sum(a.label == c["label"] for c, a in zip(cases, answers, strict=True)) / len(cases),
        "wrong": wrong,
        "usage": sum((a.usage for a in answers), Usage()),
        "dollars": sum(cost(a.usage, model("fast")) for a in answers),
    }
