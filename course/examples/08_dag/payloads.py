"""A made-up search tool: what it finds is written for the course, and it is as bloated as real ones are.

Seeded: the same question gives the same payload, byte for byte.
"""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import yaml

TOPICS: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("questions.yaml").read_text(encoding="utf-8")
)
HITS, TWICE, THUMBNAIL = 8, 2, 240  # hits; how many come again under another rank; bytes of a picture
SITES = ("field-notes", "runbook", "desk-archive", "postmortem", "handbook", "working-group")
FRAMES = (
    "Two teams report the same.",
    "Measured over one quarter of production traffic.",
    "The authors give no numbers for smaller installations.",
    "Written after an incident review.",
    "The comments below the article disagree about the cost.",
)


def key_of(question: str) -> str:
    """The key of a question, q01 to q15. Raises LookupError for any other."""
    for key, topic in TOPICS.items():
        if topic["question"] in question:
            return str(key)
    raise LookupError(f"{question[:80]!r} is none of the questions in questions.yaml.")


def search(question: str) -> str:
    """The tool's reply as JSON text: an eighth of it is of use."""
    key = key_of(question)
    dice = random.Random(f"search {key}")
    hits = [_hit(dice, key, rank) for rank in range(1, HITS + 1)]
    for again in dice.sample(hits, TWICE):
        fragment = {"url": f"{again['url']}#comments", "rank": len(hits) + 1, "tracking": _tracking(dice)}
        hits.append({**again, **fragment})
    dice.shuffle(hits)
    envelope = {
        "api": {"version": "2026-10", "request": _hex(dice, 16), "took_ms": dice.randint(40, 300)},
        "query": {"text": question, "locale": "en", "expanded": question.lower().split()},
        "results": hits,
        "facets": {site: dice.randint(3, 900) for site in SITES},
        "ads": [{"id": _hex(dice, 8), "html": f"<aside data-slot='{_hex(dice, 6)}'>Try it</aside>"}] * 2,
        "page": {"next": base64.b64encode(dice.randbytes(48)).decode(), "total": dice.randint(900, 40_000)},
    }
    return json.dumps(envelope)


def _hit(dice: random.Random, key: str, rank: int) -> dict[str, Any]:
    """One result; its snippet holds two of the topic's sentences, in HTML."""
    facts = [fact for part in TOPICS[key]["facts"] for fact in part]
    said = list(dict.fromkeys([facts[rank % len(facts)], dice.choice(facts), dice.choice(FRAMES)]))
    title = " ".join(said[0].split()[:6])
    url = f"https://{dice.choice(SITES)}.example/{key}/{rank}"
    picture = base64.b64encode(dice.randbytes(THUMBNAIL)).decode()
    return {
        "rank": rank,
        "url": url,
        "document": {
            "id": f"{key}-{rank}",
            "title": f"<b>{title}</b>",
            "date": f"2026-{dice.randint(1, 10):02d}-{dice.randint(1, 28):02d}",
            "snippet": "<p>" + "&nbsp;".join(said) + "</p>",
            "html": f"<div class='hit r-{rank}'><a href='{url}?ref={_hex(dice, 8)}'>{said[0]}</a><hr/></div>",
        },
        "thumbnail": f"data:image/png;base64,{picture}",
        "scores": {name: round(dice.random(), 6) for name in ("dense", "sparse", "fused", "click")},
        "tracking": _tracking(dice),
        "access": {"level": "public", "license": "unknown", "embargo": None, "regions": []},
    }


def _tracking(dice: random.Random) -> dict[str, Any]:
    return {
        "impression": _hex(dice, 16),
        "session": _hex(dice, 16),
        "variant": dice.choice("ab"),
        "edge": _hex(dice, 4),
    }


def _hex(dice: random.Random, size: int) -> str:
    return dice.randbytes(size).hex()
