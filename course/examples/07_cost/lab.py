"""The numbers of 07_cost: grader lab 07_cost

What each lever saves on a seeded workload at the prices of the course's table; a runaway on a virtual clock,
with the module's guards and without; a thousand callers of one budget; and how long a check takes here.
No model is asked. The thousand callers and the microseconds depend on this machine, and are printed only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import callers
import cost
import levers
import runaway

from grader.course import ROOT, module
from grader.learn.figure import INK, MARK, SOFT, drawing
from grader.models import capabilities, model

COST = module("07_cost")
ASSETS = COST.chapter.parent / "assets"
PROCESSES, THREADS = 5, 200


def numbers() -> dict[str, Any]:
    """What the chapter may quote, as it is to be written."""
    pulled, night = levers.numbers(), runaway.numbers()
    alone, without = pulled["alone"], pulled["without"]
    dollars = {way: f"${Decimal(each):,.2f}" for way, each in night["dollars"].items()}
    quotes = {
        **{f"{lever} alone": f"{share:.1%}" for lever, share in alone.items()},
        **{f"all but {lever}": f"{share:.1%}" for lever, share in without.items()},
        "together": f"{pulled['together']:.1%}",
        "multiplied": f"{pulled['multiplied']:.1%}",
        "short prompt": f"{pulled['short prompt']:.0%}",
        **{f"night, {way}": each for way, each in dollars.items()},
        **{f"calls, {way}": f"{each:,}" for way, each in night["calls"].items()},
        "each call": f"${Decimal(night['each']):.2f}",
        "worst case": f"${Decimal(night['worst']):.2f}",
    }
    return {"note": "a made-up workload and night, at list prices", "levers": pulled, "night": night,
            "quotes": quotes}  # fmt: skip


def minimum() -> int:
    """The shortest prefix, in tokens, that the cache of the balanced tier takes."""
    return capabilities(model("balanced")).cache_minimum


def table(found: dict[str, Any]) -> str:
    """The levers in Markdown, for the chapter to include; as `.txt`, or it became a page."""
    said = found["quotes"]
    lines = ["| Lever | Saves alone | The other four save |", "|---|--:|--:|"]
    lines += [
        f"| {lever} | {said[f'{lever} alone']} | {said[f'all but {lever}']} |" for lever in levers.LEVERS
    ]
    lines.append(f"| all five | {said['together']} | |")
    return "\n".join(lines) + "\n"


def draw(found: dict[str, Any]) -> None:
    """Dollars over the hours of the night: marked without a guard, in ink with all of them."""
    colours = {"nothing": MARK, "budget": SOFT, "budget and switch": INK}
    words = {"nothing": "no guard", "budget": "budget", "budget and switch": "budget and switch"}
    with drawing(ASSETS / "07_cost_runaway.svg") as axes:
        for way, curve in found["night"]["curves"].items():
            hours, spent = zip(*curve, strict=True)
            axes.step(hours, spent, where="post", color=colours[way])
            axes.annotate(
                f"{words[way]}: {found['quotes'][f'night, {way}']}", (hours[-1], spent[-1]), xytext=(0, 6),
                textcoords="offset points", color=colours[way], ha="right",
            )  # fmt: skip
        axes.set(xlabel="hour of the night", ylabel="dollars, logarithmic", yscale="log", ylim=(1, 9000))
        axes.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
        axes.minorticks_off()


def crowd(kind: str, processes: int = PROCESSES, threads: int = THREADS) -> int:
    """How many of the callers got ten cents out of ten dollars: threads of several processes, one store."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "guard.sqlite")
        cost.used(path, "shop", callers.NOW)  # the store is there before they come
        command = [sys.executable, str(Path(callers.__file__)), path, kind, str(threads)]
        started = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
            for _ in range(processes)
        ]
        for each in started:
            assert each.stdout is not None
            each.stdout.readline()
        for each in started:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        return sum(int(each.communicate()[0]) for each in started)


def microseconds(rounds: int = 200) -> float:
    """How long reserving and settling take together, averaged over so many rounds."""
    with tempfile.TemporaryDirectory() as folder:
        path, limits = str(Path(folder) / "guard.sqlite"), {**callers.LIMITS, "hour": 10**6, "day": 10**6}
        begun = time.perf_counter()
        for _ in range(rounds):
            cost.settle(path, cost.reserve(path, "shop", callers.EACH, limits, 0.0), callers.EACH, 0.0)
        return (time.perf_counter() - begun) / rounds * 1e6


def main() -> int:
    """Compute, print, and write the numbers, the table and the figure."""
    found = numbers()
    print(table(found))
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()))
    who = f"{PROCESSES * THREADS} callers of {PROCESSES} processes"
    print(f"\n{who} want ${callers.EACH} each, and there are ${callers.LIMITS['hour']}:")
    for kind, words in (("reserve", "reserved in one transaction"), ("check", "checked, then booked")):
        got = crowd(kind)
        print(f"  {words + ':':<28} {got} were admitted, ${got * callers.EACH} are spent")
    print(f"Reserving and settling take {microseconds():,.0f} microseconds together, on this machine, now.")
    (ASSETS / "07_cost_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (ASSETS / "07_cost_table.txt").write_text(table(found), encoding="utf-8")
    draw(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
