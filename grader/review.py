"""What module 05 is given: words that may be misspelled, and a file in which cases wait for a person."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS review (case_id TEXT PRIMARY KEY, text TEXT NOT NULL, why TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY, case_id TEXT NOT NULL, who TEXT NOT NULL, label TEXT,
    flagged INTEGER NOT NULL, why TEXT NOT NULL, support TEXT NOT NULL, confidence REAL NOT NULL,
    dollars TEXT NOT NULL, at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);
"""
AUDIT = (
    "INSERT INTO audit (case_id, who, label, flagged, why, support, confidence, dollars)"
    " VALUES (:case_id, :who, :label, :flagged, :why, :support, :confidence, :dollars)"
)


@dataclass
class Decision:
    """What became of a case: `who` is "rule", "vote" or "person", and what a person gets has no label yet.

    `support` is what each label got, `confidence` from 0 to 1, and `why` a few words for the auditor.
    """

    case_id: str
    who: str
    label: str | None
    why: str
    flagged: bool = False
    support: dict[str, float] = field(default_factory=dict)
    confidence: float = 0.0
    dollars: Decimal = Decimal(0)


def line(decision: Decision) -> dict[str, Any]:
    """The decision as AUDIT takes it: the support is JSON, the dollars are text."""
    return asdict(decision) | {"support": json.dumps(decision.support), "dollars": str(decision.dollars)}


@contextmanager
def opened(path: str) -> Iterator[sqlite3.Connection]:
    """The store in this file, with the tables of SCHEMA: kept when the block ends, undone when it fails."""
    with closing(sqlite3.connect(path)) as store:
        store.executescript(SCHEMA)
        with store:
            yield store


def alike(word: str, meant: str) -> bool:
    """Whether `word` is `meant`, or, if `meant` has four letters or more, one slip away from it.

    A slip is a letter that is wrong, missing, too many, or swapped with its neighbour.
    """
    if word == meant or len(meant) < 4:
        return word == meant
    cuts = [(meant[:at], meant[at:]) for at in range(len(meant) + 1)]
    swapped = [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    other = "|".join(f"{left}.?{right[1:]}|{left}.{right}" for left, right in cuts)
    return word in swapped or re.fullmatch(other, word) is not None
