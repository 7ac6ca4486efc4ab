"""Few-shot examples as a knowledge base: index them once, and send the few that help with this contract.

An example is {"text": ..., "label": ...}; a folder is where Chroma keeps what it knows.
Grade it: pytest exercises/03_fewshot
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from openai import OpenAI

from grader.models import Usage, cost, model
from grader.shelf import ngrams, shelf

SYSTEM = """You classify contracts. Reply with one category, spelled as here, and nothing else:
{labels}"""

# Made at the first call, so that the import needs no key. It repeats a rate-limited call itself, twice.
client = cache(OpenAI)
Messages = list[dict[str, str]]
Example = dict[str, str]
Vectors = list[list[float]]


class FewShotError(RuntimeError):
    """The contract cannot be classified like this."""


class EmptyCollection(FewShotError):
    """Nothing was indexed in this folder."""


class TooFewExamples(FewShotError):
    """The collection cannot give as many examples as were asked for."""


class OverBudget(FewShotError):
    """The contract is over the token budget, even without examples."""


class Leak(FewShotError):
    """A contract to be judged stands among its own examples: the result would measure copying."""


class UnknownLabel(FewShotError):
    """The model said something outside the closed set; `usage` is what that cost."""

    def __init__(self, said: str, usage: Usage) -> None:
        super().__init__(f"{said!r} is none of the labels: {usage.total_tokens} tokens bought no answer.")
        self.said, self.usage = said, usage


@dataclass
class Verdict:
    """A label of the closed set, and what it cost."""

    label: str
    usage: Usage


@dataclass
class Report:
    """What an evaluation found: `accuracy` from 0 to 1, and the cases it got wrong with what was `said`."""

    accuracy: float
    wrong: list[dict[str, str]]
    usage: Usage
    dollars: Decimal


def tokens(text: str) -> int:
    """About how many tokens `text` takes: one per four characters, rather too many than too few."""
    return math.ceil(len(text) / 4)


def spent_on(reply: Any) -> Usage:
    """What the provider counted, what its cache read or kept included."""
    counted = reply.usage.prompt_tokens_details
    cache = counted.model_dump() if counted else {}
    read, kept = (cache.get(name) or 0 for name in ("cached_tokens", "cache_write_tokens"))
    return Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens, read, kept)


def content_id(text: str) -> str:
    """An id that is the same for the same text, in every run and on every machine."""
    return sha256(text.encode()).hexdigest()


def few_shot(text: str, examples: list[Example], labels: list[str]) -> Messages:
    """The prompt: the closed set, each example followed by its label, and the contract, last.

    Whatever form an example has, the contract never stands in the system role: somebody else wrote it.
    """
    messages = [{"role": "system", "content": SYSTEM.format(labels=", ".join(labels))}]
    for example in examples:
        messages.append({"role": "user", "content": example["text"]})
        messages.append({"role": "assistant", "content": example["label"]})
    return [*messages, {"role": "user", "content": text}]


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    """The contract's label, from one call to the fast tier. Raises UnknownLabel.

    Case, quotes and a full stop around a label do no harm; a sentence that holds a label is no label.
    """
    reply = client().chat.completions.create(model=model("fast"), messages=few_shot(text, examples, labels))
    said, usage = reply.choices[0].message.content or "", spent_on(reply)
    found = {label.casefold(): label for label in labels}.get(said.strip(" \n\"'`.").casefold())
    if found is None:
        raise UnknownLabel(said, usage)
    return Verdict(found, usage)


def embed_once(texts: list[str], folder: str, embed: Callable[[list[str]], Vectors] = ngrams) -> Vectors:
    """One vector per text, in order. `embed` gets the texts it never saw, each once, in one call or none.

    The vectors are kept in the collection `vectors` of `folder`, across processes.
    """
    ids = [content_id(text) for text in texts]
    kept = shelf(folder, "vectors").get(ids=[*set(ids)], include=["embeddings"]) if ids else {"ids": []}
    found = {
        key: vector.tolist() for key, vector in zip(kept["ids"], kept.get("embeddings", []), strict=True)
    }
    new = {key: text for key, text in zip(ids, texts, strict=True) if key not in found}
    if new:
        made = embed([*new.values()])
        shelf(folder, "vectors").add(ids=[*new], embeddings=made)
        found |= dict(zip(new, made, strict=True))
    return [found[key] for key in ids]


def index(examples: list[Example], folder: str) -> int:
    """Put the examples into the collection `examples` of `folder`; how many texts are new there.

    The same text twice is one example, with the label it was given last, in this list or in a later one.
    The vectors come from `embed_once`, so that indexing again embeds nothing.
    """
    given = {content_id(example["text"]): example for example in examples}
    if not given:
        return 0
    store = shelf(folder, "examples")
    known = store.get(ids=[*given], include=[])["ids"]
    texts = [example["text"] for example in given.values()]
    store.upsert(
        ids=[*given],
        documents=texts,
        metadatas=[{"label": example["label"]} for example in given.values()],
        embeddings=embed_once(texts, folder),
    )
    return len(given) - len(known)


def nearest(text: str, folder: str, k: int = 3, per_label: int | None = None) -> list[Example]:
    """The `k` nearest, nearest first, with at most `per_label` of each label: any number may be passed over.

    Raises EmptyCollection, or TooFewExamples when there are not `k`: fewer would change the prompt unseen.
    """
    store = shelf(folder, "examples")
    if not (held := store.count()):
        raise EmptyCollection(f"{folder} holds no examples: index some first.")
    # All of them: a balance may pass over any number. Chroma gives what it has when asked for more.
    found = store.query(query_embeddings=embed_once([text], folder), n_results=held)
    chosen, taken = [], Counter()
    for document, metadata in zip(found["documents"][0], found["metadatas"][0], strict=True):
        if per_label is None or taken[metadata["label"]] < per_label:
            taken[metadata["label"]] += 1
            chosen.append({"text": document, "label": metadata["label"]})
    if k > len(chosen):
        raise TooFewExamples(f"k is {k}, but {len(chosen)} of {held} examples qualify: ask for fewer.")
    return chosen[:k]


def within(
    text: str, examples: list[Example], labels: list[str], budget: int, count: Callable[[str], int] = tokens
) -> list[Example]:
    """The examples, in order, whose prompt has at most `budget` tokens; one that does not fit is left out.

    `count` tells the tokens of one message's text. Raises OverBudget, naming what the contract takes.
    """

    def size(chosen: list[Example]) -> int:
        return sum(count(message["content"]) for message in few_shot(text, chosen, labels))

    if (bare := size([])) > budget:
        raise OverBudget(
            f"without examples it is {bare} tokens, over the budget of {budget}: send less text."
        )
    kept: list[Example] = []
    for example in examples:
        if size([*kept, example]) <= budget:
            kept.append(example)
    return kept


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    """Classify every case with the examples that `choose(text)` gives, and compare with its label.

    A reply outside the set is a wrong one, and paid for. The dollars are those of each call, added up: tokens
    of a long prompt cost more, and many short ones are not a long one.
    Raises Leak before the call for a case whose text is among its examples, under any label.
    """
    wrong, usage, dollars = [], Usage(), Decimal(0)
    for case in cases:
        examples = choose(case["text"])
        if case["text"] in [example["text"] for example in examples]:
            raise Leak(f"{case['text'][:60]!r} is among its own examples: hold it out.")
        try:
            verdict = classify(case["text"], examples, labels)
            said, spent = verdict.label, verdict.usage
        except UnknownLabel as reason:
            said, spent = reason.said, reason.usage
        usage += spent
        # Each call at its own price: a long prompt costs more per token, and a sum of short ones is not long.
        dollars += cost(spent, model("fast"))
        if said != case["label"]:
            wrong.append({**case, "said": said})
    return Report(1 - len(wrong) / len(cases), wrong, usage, dollars)
