"""A day at the desk: which kinds of queries come, how many of each, and what recordings say about them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Kind:
    """Queries that go the same way: their share in percent, one of them, who ends it, and its recording."""

    name: str
    percent: int
    query: str
    tier: str
    cassette: str | None = None


# --8<-- [start:mix]
# An assumption, and the first thing to replace by your own desk's log.
MIX = [
    Kind("asked every day", 30, "What is your routing number?", "faq"),
    Kind("empty or endless", 2, "", "refused"),
    Kind("could be anything", 8, "Money not showing", "person", "unclear"),
    Kind("deposit", 12, "I paid in a check on Monday. When is it available?", "smart", "deposit"),
    Kind("transfer", 12, "Can I cancel a transfer to the wrong person?", "smart", "transfer"),
    Kind("card", 12, "My PIN is blocked since this morning, what now?", "smart", "card"),
    Kind("account", 8, "I was paid yesterday, but my balance is the same.", "smart", "account"),
    Kind("loan", 6, "May I pay my loan back early?", "smart", "loan"),
    Kind("corrected once", 5, "What is the price of a wire?", "smart", "corrected"),
    Kind("needs a person", 3, "There is a payment that I did not make!", "person", "escalates"),
    Kind("not sure enough", 1, "The hotel reserved too much", "person", "unsure"),
    Kind("never valid", 1, "When is it available? Thank you!", "person", "given_up"),
]
# --8<-- [end:mix]
QUERIES, SEED = 100_000, 1


def day() -> Counter[Kind]:
    """How many queries of each kind came: drawn by lot with the shares of MIX, the same lot for every run."""
    drawn = Random(SEED).choices(MIX, weights=[kind.percent for kind in MIX], k=QUERIES)
    return Counter(drawn)
