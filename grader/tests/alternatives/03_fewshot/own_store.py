"""No Chroma: SQLite and a dot product. All examples stand as text in one message, with the contract below."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from openai import OpenAI

from grader.models import Usage, cost, model
from grader.shelf import ngrams


class EmptyCollection(Exception):
    pass


class TooFewExamples(Exception):
    pass


class OverBudget(Exception):
    pass


class Leak(Exception):
    pass


class UnknownLabel(Exception):
    def __init__(self, reply, usage):
        Exception.__init__(self, f"The model answered `{reply}` for {usage.total_tokens} tokens.")
        self.reply, self.usage = reply, usage


class Store:
    def __init__(self, folder):
        self.db = sqlite3.connect(Path(folder) / "store.db")
        self.db.execute("create table if not exists vector (text primary key, numbers)")
        self.db.execute("create table if not exists example (text primary key, label)")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.db.commit()
        self.db.close()

    def vectors(self, texts, embed):
        known = {t: json.loads(n) for t, n in self.db.execute("select text, numbers from vector")}
        if missing := sorted(set(texts) - set(known)):
            made = embed(missing)
            rows = [(t, json.dumps(v)) for t, v in zip(missing, made, strict=True)]
            self.db.executemany("insert into vector values (?, ?)", rows)
            known.update(zip(missing, made, strict=True))
        return [known[text] for text in texts]


def few_shot(text, examples, labels):
    lines = ["What kind of contract is the last one? One of:", *labels, ""]
    for example in examples:
        lines += [f"Contract: {example['text']}", f"Kind: {example['label']}", ""]
    return [{"role": "user", "content": "\n".join([*lines, f"Contract: {text}", "Kind:"])}]


def classify(text, examples, labels):
    with closing(OpenAI(max_retries=4)) as client:
        answer = client.chat.completions.create(
            model=model("fast"), messages=few_shot(text, examples, labels)
        )
    details = answer.usage.prompt_tokens_details
    usage = Usage(
        input_tokens=answer.usage.prompt_tokens,
        output_tokens=answer.usage.completion_tokens,
        cached_tokens=(details and details.cached_tokens) or 0,
        cache_write_tokens=getattr(details, "cache_write_tokens", None) or 0,
    )
    reply = answer.choices[0].message.content
    letters = "".join(c for c in (reply or "").lower() if c.isalnum() or c == " ").strip()
    for label in labels:
        if label.lower() == letters:
            return {"label": label, "usage": usage}
    raise UnknownLabel(reply, usage)


def embed_once(texts, folder, embed=ngrams):
    with Store(folder) as store:
        return store.vectors(texts, embed)


def index(examples, folder):
    with Store(folder) as store:
        before = {text for (text,) in store.db.execute("select text from example")}
        store.vectors([e["text"] for e in examples], ngrams)
        rows = [(e["text"], e["label"]) for e in examples]
        store.db.executemany("insert or replace into example values (?, ?)", rows)
        return len({e["text"] for e in examples} - before)


def nearest(text, folder, k=3, per_label=None):
    with Store(folder) as store:
        rows = store.db.execute("select text, label from example").fetchall()
        if len(rows) == 0:
            raise EmptyCollection(f"no examples in {folder}")
        asked, *vectors = store.vectors([text, *(row[0] for row in rows)], ngrams)
    scored = sorted(
        zip(vectors, rows, strict=True),
        key=lambda pair: -sum(a * b for a, b in zip(pair[0], asked, strict=True)),
    )
    groups = defaultdict(list)
    for _, (found, label) in scored:
        groups[label].append(found)
    allowed = {(label, t) for label, texts in groups.items() for t in texts[:per_label]}
    chosen = [{"text": t, "label": label} for _, (t, label) in scored if (label, t) in allowed]
    if len(chosen) < k:
        raise TooFewExamples(f"asked for {k}, but there are {len(chosen)}")
    return chosen[:k]


def within(text, examples, labels, budget, count=len):
    kept = []
    for candidate in [None, *examples]:
        tried = [*kept, candidate] if candidate else kept
        size = sum(count(m["content"]) for m in few_shot(text, tried, labels))
        if size <= budget:
            kept = tried
        elif candidate is None:
            raise OverBudget(f"{size} > {budget}")
    return kept


def evaluate(cases, labels, choose):
    outcomes, usage, dollars = [], Usage(), 0
    for case in cases:
        examples = choose(case["text"])
        if any(case["text"] == e["text"] for e in examples):
            raise Leak(case["text"])
        try:
            found = classify(case["text"], examples, labels)
        except UnknownLabel as error:
            found = {"label": error.reply, "usage": error.usage}
        usage, dollars = usage + found["usage"], dollars + cost(found["usage"], model("fast"))
        outcomes.append((case, found["label"]))
    wrong = [dict(case, said=said) for case, said in outcomes if said != case["label"]]
    right = len(outcomes) - len(wrong)
    return {"accuracy": right / len(outcomes), "wrong": wrong, "usage": usage, "dollars": dollars}
