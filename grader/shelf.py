"""Where do examples lie? In a Chroma collection on disk, whose embedding needs neither network nor model.

03_fewshot builds on this; Chroma is the extra `fewshot`, and is imported when a shelf is first used.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any
from zlib import crc32

SIZE = 1024  # numbers in a vector: with half as many, strangers share a place too often
WORD = re.compile(r"[a-z]{4,}")
PIECE = 4
FILES = 4096  # open at a time
# Chroma's index is approximate: with its usual 16 neighbours, a query for all of some fifty like texts missed
# a third of them once the index had grown after its first query; with 64 it missed none.
GRAPH = {"space": "cosine", "max_neighbors": 64}


class MissingExtra(ModuleNotFoundError):
    """Chroma is not installed; the message holds the command that installs it."""

    def __init__(self) -> None:
        super().__init__("Chroma is not installed. Run: pip install -e '.[fewshot]'", name="chromadb")


def ngrams(texts: list[str]) -> list[list[float]]:
    """One vector of 1024 numbers and length 1 per text: its words and their 4-letter pieces, hashed.

    Texts with common words come close to each other; a synonym means nothing to it.
    """
    return [_ngrams(text.casefold()) for text in texts]


def _ngrams(text: str) -> list[float]:
    counts = [0] * SIZE
    for word in WORD.findall(text):
        for gram in (word, *(word[i : i + PIECE] for i in range(len(word) - PIECE + 1))):
            # Not hash(): Python seeds it anew in every process, and a reopened collection would be noise.
            counts[crc32(gram.encode()) % SIZE] += 1
    damped = [math.log1p(count) for count in counts]
    length = math.hypot(*damped) or 1.0
    return [number / length for number in damped]


# --8<-- [start:function]
@cache
def embedding_function() -> Any:
    """`ngrams` as Chroma keeps it with a collection: a name and a configuration, found again by any process.

    Without it Chroma would download a model at the first text.
    """
    from chromadb.api.types import EmbeddingFunction
    from chromadb.utils.embedding_functions import register_embedding_function

    @register_embedding_function
    class HashedNgrams(EmbeddingFunction[list[str]]):
        def __init__(self) -> None:
            pass  # Chroma warns about a class without it

        def __call__(self, input: list[str]) -> Any:
            return ngrams(input)

        @staticmethod
        def name() -> str:
            return "hashed_ngrams"

        def get_config(self) -> dict[str, Any]:
            return {"size": SIZE, "piece": PIECE}

        @staticmethod
        def build_from_config(config: dict[str, Any]) -> HashedNgrams:
            if config != {"size": SIZE, "piece": PIECE}:
                raise ValueError(f"The collection's vectors were made with {config}: index it anew.")
            return HashedNgrams()

    return HashedNgrams()


@cache
def shelf(folder: str, name: str) -> Any:
    """The Chroma collection `name` on disk in `folder`, made at its first use; near means by cosine."""
    return opened(folder).get_or_create_collection(
        name, embedding_function=embedding_function(), configuration={"hnsw": GRAPH}
    )


@cache
def opened(folder: str) -> Any:
    """Chroma's client of one folder. Raises MissingExtra."""
    try:
        import chromadb
    except ModuleNotFoundError as reason:
        raise MissingExtra from reason
    allow_files()
    return chromadb.PersistentClient(folder)


# --8<-- [end:function]


def allow_files() -> None:
    """Raise this process's limit of open files to FILES, as far as it may.

    Chroma keeps about eleven files open per folder, and the lower the limit, the fewer indexes it holds in
    memory: at 512, one new index in sixty was dropped before it was on disk, and could not be read.
    """
    try:
        import resource
    except ModuleNotFoundError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
