"""The numbers of 03_fewshot, measured now: grader lab 03_fewshot

Classifies the 200 held-out contracts in seven ways, with the reference's functions and the real SDK over
HTTP, against the stand-in, whose labels come from a nearest-example reader: 1,400 calls, about a minute.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from source import claim

from grader.course import module
from grader.learn.figure import INK, MARK, drawing
from grader.models import Usage, cost, model

FEWSHOT = module("03_fewshot")
ASSETS = FEWSHOT.chapter.parent / "assets"
MONTH = 100_000  # contracts
BESIDE = {"3 retrieved": (-7, 4), "3 retrieved, 3 kinds": (7, -12), "none": (8, -6)}  # where a label has room

sys.path.insert(0, str(FEWSHOT.solution))
import fewshot  # noqa: E402 - found by the line above


@dataclass(frozen=True)
class Row:
    """One way to choose examples: accuracy from 0 to 1, dollars for 1,000, as billed and as listed."""

    name: str
    accuracy: float
    usage: Usage
    billed: Decimal
    listed: Decimal
    cases: int

    @property
    def tokens(self) -> int:
        """Input tokens per contract."""
        return round(self.usage.input_tokens / self.cases)

    @property
    def cached(self) -> float:
        """The share of the input that the provider read from its cache."""
        return self.usage.cached_tokens / self.usage.input_tokens


def data() -> dict[str, Any]:
    """Labels, examples and held-out contracts."""
    return json.loads((FEWSHOT.exercise / "contracts.json").read_text(encoding="utf-8"))


def ways(examples: list[dict[str, str]], folder: str) -> dict[str, Callable[[str], list[dict[str, str]]]]:
    """Name -> what chooses the examples for a contract."""
    static = {f"{n} static": lambda _, n=n: examples[:n] for n in (3, 10, 50)}
    retrieved = {f"{k} retrieved": partial(fewshot.nearest, folder=folder, k=k) for k in (3, 10)}
    balanced = {"3 retrieved, 3 kinds": partial(fewshot.nearest, folder=folder, k=3, per_label=1)}
    return {"none": lambda _: [], **static, **retrieved, **balanced}


@contextmanager
def stand_in() -> Iterator[None]:
    """The reference's client speaks to a stand-in, which answers with this module's reader."""
    from openai import OpenAI

    from grader.provider.serve import running

    own = fewshot.client
    with running(pace=0) as url:
        scenario = {"x-stand-in-scenario": "03_fewshot/contracts"}
        spoken_to = OpenAI(base_url=f"{url}/v1", api_key="none-needed", default_headers=scenario)
        fewshot.client = lambda: spoken_to
        try:
            yield
        finally:
            fewshot.client = own


def measure(cases: int = 200) -> list[Row]:
    """All ways, each on the first `cases` held-out contracts."""
    given, rows = data(), []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, stand_in():
        fewshot.index(given["examples"], folder)
        for name, choose in ways(given["examples"], folder).items():
            rows.append(
                _row(name, fewshot.evaluate(given["held_out"][:cases], given["labels"], choose), cases)
            )
            print(f"  {name:<22}{rows[-1].accuracy:>7.1%}", flush=True)
    return rows


def _row(name: str, report: Any, cases: int) -> Row:
    usage, thousand = report.usage, Decimal(1000) / cases
    fast = model("fast")
    # Per 1,000 tokens, and not for all at once: prompts beyond a length have another price.
    listed = usage.input_tokens * cost(Usage(1000), fast) + usage.output_tokens * cost(Usage(0, 1000), fast)
    listed /= 1000
    return Row(name, report.accuracy, usage, report.dollars * thousand, listed * thousand, cases)


def numbers(rows: list[Row]) -> dict[str, Any]:
    """What the chapter may quote, as it is to be written."""
    by = {row.name: row for row in rows}
    fifty, three, ten = by["50 static"], by["3 retrieved"], by["10 static"]
    points = 100 * (three.accuracy - fifty.accuracy)
    more = 100 * (by["10 retrieved"].accuracy - fifty.accuracy)
    return {
        "rows": [asdict(row) | {"tokens": row.tokens, "cached": row.cached} for row in rows],
        "source": claim(),
        "quotes": {
            "tokens saved": f"{1 - three.usage.input_tokens / fifty.usage.input_tokens:.1%}",
            "saved at list price": f"{1 - three.listed / fifty.listed:.1%}",
            "saved as billed": f"{1 - three.billed / fifty.billed:.1%}",
            "accuracy change": f"{abs(points):.1f} points",
            "accuracy change, ten": f"{abs(more):.1f} points",
            "fifty, share cached": f"{fifty.cached:.0%}",
            "ten, share cached": f"{ten.cached:.0%}",
            "fifty, a month": f"${fifty.billed * MONTH / 1000:.2f}",
            "three, a month": f"${three.billed * MONTH / 1000:.2f}",
            "three over ten static": f"{three.billed / ten.billed:.1f} times",
            "fifty, accuracy": f"{fifty.accuracy:.1%}",
            "three, accuracy": f"{three.accuracy:.1%}",
            "ten static, accuracy": f"{ten.accuracy:.1%}",
            "ten retrieved, accuracy": f"{by['10 retrieved'].accuracy:.1%}",
            "interval": f"{196 * (fifty.accuracy * (1 - fifty.accuracy) / fifty.cases) ** 0.5:.1f} points",
            "chance": f"{1 / len(data()['labels']):.1%}",
        },
    }


def table(rows: list[Row]) -> str:
    """The rows in Markdown, for the chapter to include; as `.txt`, since a `.md` would become a page."""
    lines = [
        "| Examples | Tokens in | From cache | Billed for 1,000 | At list price | Accuracy |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for row in rows:
        money = f"${row.billed:.3f} | ${row.listed:.3f}"
        lines.append(f"| {row.name} | {row.tokens:,} | {row.cached:.0%} | {money} | {row.accuracy:.1%} |")
    return "\n".join(lines) + "\n"


def draw(rows: list[Row]) -> None:
    """Accuracy over the bill for 1,000 contracts: static examples in ink, retrieved ones marked."""
    with drawing(ASSETS / "03_fewshot_accuracy.svg") as axes:
        for row in rows:
            colour = MARK if "retrieved" in row.name else INK
            right, up = BESIDE.get(row.name, (7, 4))
            x, y, side = float(row.billed), 100 * row.accuracy, "left" if right > 0 else "right"
            axes.plot(x, y, "o", color=colour)
            axes.annotate(
                row.name, (x, y), xytext=(right, up), textcoords="offset points", color=colour, ha=side
            )
        axes.set(xlabel="dollars for 1,000 contracts, as billed", ylabel="accuracy, %")
        axes.set(xlim=(0, 1.25 * float(max(row.billed for row in rows))), ylim=(0, 100))


def main() -> int:
    """Measure, print the table, write it with the numbers and the figure."""
    rows = measure()
    found = numbers(rows)
    print(f"\n{table(rows)}")
    print("\n".join(f"{name}: {text}" for name, text in {**found["quotes"], **found["source"]}.items()))
    written = json.dumps(found, indent=1, default=str) + "\n"
    (ASSETS / "03_fewshot_numbers.json").write_text(written, encoding="utf-8")
    (ASSETS / "03_fewshot_table.txt").write_text(table(rows), encoding="utf-8")
    draw(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
