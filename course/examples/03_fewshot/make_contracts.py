"""Makes exercises/03_fewshot/contracts.json from the clauses beside this file: python make_contracts.py

50 examples and 200 held-out contracts in 20 kinds, always the same ones: every choice comes from one seed.
A contract is an opening, clauses of its kind, and one or two sentences that any contract may hold.
An example has three clauses; a held-out contract has two that stand together in no example, and four of the
ten of each kind also have a clause of a neighbouring kind, as real ones do.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from pathlib import Path
from typing import Any

import yaml

from grader.course import module

HERE = Path(__file__).parent
TARGET = module(HERE.name).exercise / "contracts.json"
SEED = 20


def read(name: str) -> dict[str, Any]:
    """One of the YAML files beside this one."""
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def contract(kind: str, clauses: list[str], filling: dict[str, Any], chance: random.Random) -> dict[str, str]:
    """One labelled contract: the same company stays the same company throughout its text."""
    names = {name: chance.choice(words) for name, words in filling.items()}
    common = chance.sample(filling["common"], chance.choice([1, 2]))
    body = [*clauses, *common]
    chance.shuffle(body)
    text = " ".join([names["opening"], *body])
    while "{" in text:  # an opening holds gaps of its own
        text = re.sub(r"{(\w+)}", lambda gap: names[gap[1]], text)
    return {"text": text, "label": kind}


def contracts(kinds: dict[str, Any], filling: dict[str, Any], chance: random.Random) -> Any:
    """The examples, of three clauses, and the held-out contracts, of two that no example has together."""
    examples, held_out = [], []
    for number, (kind, material) in enumerate(kinds.items()):
        clauses = material["clauses"]
        shown = [chance.sample(clauses, 3) for _ in range(2 + number % 2)]  # fifty in all
        examples += [contract(kind, three, filling, chance) for three in shown]
        pairs = [
            p for p in itertools.combinations(clauses, 2) if not any({*p} <= {*three} for three in shown)
        ]
        for place, pair in enumerate(chance.sample(pairs, 10)):
            stray = kinds[chance.choice(material["stray"])]["clauses"]
            strays = [chance.choice(stray)] if place % 3 == 0 else []
            held_out.append(contract(kind, [*pair, *strays], filling, chance))
    chance.shuffle(examples)
    chance.shuffle(held_out)
    return examples, held_out


def made() -> dict[str, Any]:
    """Everything that contracts.json holds."""
    kinds, filling, chance = read("clauses.yaml"), read("filling.yaml"), random.Random(SEED)
    examples, held_out = contracts(kinds, filling, chance)
    how = "Made by course/examples/03_fewshot/make_contracts.py from clauses written for this course."
    return {"how": how, "labels": list(kinds), "examples": examples, "held_out": held_out}


if __name__ == "__main__":
    TARGET.write_text(json.dumps(made(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {TARGET.name}")
