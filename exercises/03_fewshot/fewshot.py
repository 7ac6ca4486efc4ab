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
    raise NotImplementedError("Task 1: put the labels, the examples and the contract into messages")


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    """The contract's label, from one call to the fast tier. Raises UnknownLabel.

    Case, quotes and a full stop around a label do no harm; a sentence that holds a label is no label.
    """
    raise NotImplementedError("Task 2: make one call, and accept nothing but a label")


def embed_once(texts: list[str], folder: str, embed: Callable[[list[str]], Vectors] = ngrams) -> Vectors:
    """One vector per text, in order. `embed` gets the texts it never saw, each once, in one call or none.

    The vectors are kept in the collection `vectors` of `folder`, across processes.
    """
    raise NotImplementedError("Task 3: keep every vector in the folder, and embed only what is new")


def index(examples: list[Example], folder: str) -> int:
    """Put the examples into the collection `examples` of `folder`; how many texts are new there.

    The same text twice is one example, with the label it was given last, in this list or in a later one.
    The vectors come from `embed_once`, so that indexing again embeds nothing.
    """
    raise NotImplementedError("Task 4: store each text once, under an id made from its content")


def nearest(text: str, folder: str, k: int = 3, per_label: int | None = None) -> list[Example]:
    """The `k` nearest, nearest first, with at most `per_label` of each label: any number may be passed over.

    Raises EmptyCollection, or TooFewExamples when there are not `k`: fewer would change the prompt unseen.
    """
    raise NotImplementedError("Task 5: rank the examples, keep the balance, refuse what cannot be given")


def within(
    text: str, examples: list[Example], labels: list[str], budget: int, count: Callable[[str], int] = tokens
) -> list[Example]:
    """The examples, in order, whose prompt has at most `budget` tokens; one that does not fit is left out.

    `count` tells the tokens of one message's text. Raises OverBudget, naming what the contract takes.
    """
    raise NotImplementedError("Task 6: keep the examples that fit into the budget")


def evaluate(cases: list[Example], labels: list[str], choose: Callable[[str], list[Example]]) -> Report:
    """Classify every case with the examples that `choose(text)` gives, and compare with its label.

    A reply outside the set is a wrong one, and paid for. The dollars are those of each call, added up: tokens
    of a long prompt cost more, and many short ones are not a long one.
    Raises Leak before the call for a case whose text is among its examples, under any label.
    """
    raise NotImplementedError("Task 7: classify every case, count what is right and what it cost")
