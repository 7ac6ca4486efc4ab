"""What module 08 is given: one call, whatever becomes of it, and rows that survive their file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from grader.graph import (
    FIELDS,
    HANDBOOK,
    HEADER,
    TEXTS,
    Row,
    ask,
    blank,
    client,
    grouped,
    key,
    line,
    plain_text,
    rows_of,
    said,
    shown,
    tokens,
)  # fmt: skip
from grader.models import capabilities, model
from grader.replay.tape import use

CASSETTES = Path(__file__).parents[2] / "cassettes" / "08_dag"


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDKs want a key to be there; the clients of this module are not kept for others."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "none")
    client.cache_clear()


def asking(provider: str) -> dict[str, Any]:
    """A request for one answer."""
    limit = "max_tokens" if provider == "anthropic" else "max_completion_tokens"
    turn = {"role": "user", "content": "Which part is this?"}
    return {"model": model("fast", provider), limit: 90, "messages": [turn]}


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_a_reply_is_handed_out_as_it_was_sent(provider: str) -> None:
    """Usage and words are those of the recording, and nothing was wrong."""
    with use(CASSETTES / f"good_{provider}.yaml") as tape:
        reply, wrong = await ask(provider, asking(provider))

    assert wrong == ""
    assert reply is not None
    assert tape.calls[0].reply is not None
    assert said(reply) == (tape.calls[0].reply.text or "").strip() != ""
    assert reply["usage"] == tape.calls[0].reply.json["usage"]


@pytest.mark.parametrize(
    ("provider", "name", "calls", "words"),
    [
        ("openai", "no_split", 1, "500"),
        ("openai", "limited", 3, "RateLimitError 429"),
        ("openai", "broken_off", 2, "APIConnectionError"),
        ("openai", "timed_out", 4, "APITimeoutError"),
        ("anthropic", "overloaded", 4, "529"),
    ],
)
async def test_a_call_that_fails_is_told_and_not_repeated(
    provider: str, name: str, calls: int, words: str
) -> None:
    """No reply, the error's class and status in words, and one request: a row tells what happened."""
    with use(CASSETTES / f"{name}.yaml") as tape:
        told = [await ask(provider, asking(provider)) for _ in range(calls)]

    assert told[-1][0] is None
    assert words in told[-1][1]
    assert len(tape.calls) == calls


@pytest.mark.parametrize(("provider", "name", "calls"), [("openai", "refused", 3),
                                                         ("anthropic", "serial_refused", 2)])  # fmt: skip
async def test_a_refusal_is_a_reply_that_is_wrong(provider: str, name: str, calls: int) -> None:
    """It was paid for, so its body is there; and it is no answer."""
    with use(CASSETTES / f"{name}.yaml"):
        told = [await ask(provider, asking(provider)) for _ in range(calls)]

    reply, wrong = told[-1]
    assert reply is not None
    assert reply["usage"]
    assert wrong


def test_thoughts_and_nothing_are_no_words() -> None:
    """What was said is the text alone, wherever it stands; a refusal in OpenAI's format has none."""
    thought = {"type": "thinking", "thinking": "Hm."}
    assert said({"content": [thought, {"type": "text", "text": " Yes. "}]}) == "Yes."
    assert said({"content": [thought]}) == said(None) == said({"choices": []}) == ""
    assert said({"choices": [{"message": {"content": None, "refusal": "No."}}]}) == ""


def test_the_handbook_is_long_enough_to_be_cached() -> None:
    """Above the known minimum of every model, and not by much: each recording holds it several times."""
    for provider in ("openai", "anthropic"):
        for tier in ("fast", "balanced", "smart"):
            least = capabilities(model(tier, provider)).cache_minimum or 1024
            assert least <= tokens(HANDBOOK, provider) < 3 * least


def test_markup_becomes_text() -> None:
    """Tags go before entities are decoded: what an entity writes is no tag."""
    assert plain_text("<p>a &lt;b&gt;\n <i>c</i></p>&nbsp;") == "a <b> c"
    assert plain_text(None) == ""
    hit = {"id": "h1", "title": "T", "url": "U", "date": "D", "snippet": "S"}
    assert shown([hit, hit]) == "[h1] T | U | D | S\n[h1] T | U | D | S"


def test_a_row_comes_back_from_its_line() -> None:
    """Commas, quotes and letters of all kinds survive; a line break does not, so that a row is a line."""
    row: Row = {**blank("openai", "m", "P1", "dag"), "LatencySeconds": 0.1, "CachedTokens": 7,
                "Error": 'part 2: "é", and\r\n\tagain'}  # fmt: skip
    text = line(row[name] for name in FIELDS)  # type: ignore[literal-required]

    assert text.endswith("\n")
    assert len(text.splitlines()) == 1
    assert rows_of(HEADER + text) == [{**row, "Error": 'part 2: "é", and again'}]
    assert rows_of(HEADER) == rows_of("") == []


def test_a_blank_row_has_every_field() -> None:
    """In the order of the file, texts as texts and numbers as numbers."""
    row = blank("openai", "m", "P1", "dag")

    assert tuple(row) == FIELDS == tuple(HEADER.strip().split(","))
    assert [name for name, value in row.items() if isinstance(value, str)] == [*TEXTS]
    assert key(row) == ("openai", "m", "P1", "dag")


def test_groups_come_in_the_order_of_their_first_row() -> None:
    """Rows of one group need not stand together."""
    rows = [{"a": "x", "n": 1}, {"a": "y", "n": 2}, {"a": "x", "n": 3}]

    assert grouped(rows, "a") == [(("x",), [rows[0], rows[2]]), (("y",), [rows[1]])]
