"""The numbers of 04_cot, from its recordings: grader lab 04_cot

One question, asked in three ways: at once, as a chain of calls, and as one streamed call.
Writes the table and the figure that the chapter shows; the times are those of the recordings.
"""

from __future__ import annotations

import html
import json
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import accumulate

from direct import TRAIN
from figure import drawn
from recorded import COT

from grader.models import Usage, cost
from grader.replay.cassette import load
from grader.replay.steps import Step

ASSETS = COT.chapter.parent / "assets"


@dataclass(frozen=True)
class Way:
    """One way to ask: when each thing to read arrived (seconds after asking), and what it took."""

    name: str
    calls: int
    seen: tuple[float, ...]
    usage: Usage
    dollars: Decimal
    answer: str
    source: str

    @property
    def first(self) -> float:
        return self.seen[0]

    @property
    def last(self) -> float:
        return self.seen[-1]


def ways() -> list[Way]:
    """The three ways to ask, from the recordings."""
    return [
        _way("at once", "train_at_once", lambda steps: steps[0].reply.text),
        _way("chain of calls", "train", lambda steps: steps[-1].reply.json_text()["result"]),
        _way(
            "one stream", "streamed", lambda steps: json.loads(steps[0].reply.text.splitlines()[-1])["result"]
        ),
    ]


def _way(name: str, cassette: str, answer) -> Way:
    recorded = load(COT.cassette(cassette))
    steps = recorded.steps
    used = [step.reply.usage for step in steps]
    dollars = sum((cost(u, step.facts.model) for u, step in zip(used, steps, strict=True)), Decimal(0))
    # The next call can only start when the last one has ended: the times of a chain add up.
    seen = streamed_lines(steps[0]) if steps[0].facts.stream else accumulate(s.timing.total for s in steps)
    total = sum(used, Usage())
    return Way(name, len(steps), tuple(seen), total, dollars, answer(steps), recorded.source)


def streamed_lines(step: Step) -> list[float]:
    """When each line of a streamed text was complete, in seconds after the request; blank lines left out."""
    text, ends, time = "", [], 0.0
    for time, event in zip(event_times(step), step.reply.events, strict=True):
        for choice in event["choices"] if event != "[DONE]" else []:
            text += choice["delta"].get("content") or ""
        ends += [time] * (text.count("\n") - len(ends))
    return [end for end, line in zip([*ends, time], text.split("\n"), strict=True) if line.strip()]


def event_times(step: Step) -> list[float]:
    """When each event of a stream arrived, in seconds after the request."""
    times: list[float] = []
    for offset, events_so_far in step.timing.chunks:
        times += [offset] * (events_so_far - len(times))
    return times


def numbers(found: list[Way]) -> dict[str, object]:
    """What a text may quote, as it is to be written."""
    direct, chain, stream = found
    one, many, streamed = (way.usage.total_tokens for way in found)
    return {
        "question": TRAIN,
        "source": sorted({way.source for way in found}),
        "ways": [asdict(way) for way in found],
        "quotes": {
            "answer, at once": f"{direct.last:.1f} s",
            "first step, chain": f"{chain.first:.1f} s",
            "answer, chain": f"{chain.last:.1f} s",
            "first step, stream": f"{stream.first:.1f} s",
            "answer, stream": f"{stream.last:.1f} s",
            "tokens, at once": f"{one:,} tokens",
            "tokens, chain": f"{many:,} tokens",
            "tokens, stream": f"{streamed:,} tokens",
            "chain over at once": f"{many / one:.0f} times",
            "stream over at once": f"{streamed / one:.0f} times",
            "chain over stream": f"{many / streamed:.0f} times",
        },
    }


def table(found: list[Way]) -> str:
    """The ways side by side, as the terminal shows them."""
    rows = [f"{'':<15}{'calls':>6}{'first step':>12}{'answer':>9}{'in':>7}{'out':>6}{'cost':>11}  answer"]
    for way in found:
        first = f"{way.first:.1f} s" if len(way.seen) > 1 else "-"
        times = f"{way.calls:>6}{first:>12}{f'{way.last:.1f} s':>9}"
        tokens = f"{way.usage.input_tokens:>7,}{way.usage.output_tokens:>6,}"
        rows.append(f"{way.name:<15}{times}{tokens}{f'${way.dollars:.6f}':>11}  {way.answer}")
    return "\n".join(rows)


def main() -> int:
    """Print the table, write the numbers and the figure."""
    found = ways()
    print(f"{TRAIN}\n\n{table(found)}\n")
    print(
        f"Recorded from: {', '.join(sorted({way.source for way in found}))}. A stand-in's pace is scripted."
    )
    written = {
        ASSETS / "04_cot_numbers.json": json.dumps(numbers(found), indent=1, default=str) + "\n",
        ASSETS / "04_cot_timeline.svg": drawn(
            [(way.name, way.seen, html.escape(way.answer)) for way in found]
        ),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(COT.root)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
