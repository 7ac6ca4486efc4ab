"""A recording answers anything of the right shape; a check that passed on what a vendor refuses is failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from grader.course import module
from grader.models import model
from grader.replay.ledger import Call, note_headers
from grader.replay.reply import Reply
from grader.tests.grade_support import verdict
from grader.verdict.refusals import refused

START = module("00_start")
CHAT, MESSAGES = "https://api.openai.com/v1/chat/completions", "https://api.anthropic.com/v1/messages"
HELLO = [{"role": "user", "content": "Hello"}]


def called(url: str, body: object, status: int = 200) -> Call:
    """A call that was answered."""
    call = Call(1, "POST", url, {"anthropic-version": "2026-10-21"}, json.dumps(body).encode())
    call.reply = Reply(status, {}, b"{}")
    return call


@pytest.mark.parametrize(
    ("url", "body", "words"),
    [
        (CHAT, {"model": model("fast"), "messages": [{"content": "Hello"}]}, "messages[0]"),
        (CHAT, {"model": model("fast"), "messages": HELLO, "max_tokens": 5}, "max_completion_tokens"),
        (
            CHAT,
            {"model": model("fast"), "messages": HELLO, "response_format": {"type": "json_object"}},
            "json",
        ),
        (CHAT, {"model": model("fast", "anthropic"), "messages": HELLO}, "does not exist"),
        (MESSAGES, {"model": model("fast", "anthropic"), "messages": HELLO}, "max_tokens"),
        (MESSAGES, {"model": model("fast", "anthropic"), "messages": [], "max_tokens": 5}, "messages"),
    ],
)
def test_what_a_vendor_refuses_is_told_in_its_words(url, body, words):
    """Status and message are the vendor's; the number is the call's."""
    fault = refused([called(url, body)])

    assert fault
    assert words in str(fault)
    assert "would refuse call 1 with 4" in str(fault)


@pytest.mark.parametrize(
    ("url", "body", "status"),
    [
        (CHAT, {"model": model("fast"), "messages": HELLO}, 200),
        (MESSAGES, {"model": model("fast", "anthropic"), "messages": HELLO, "max_tokens": 5}, 200),
        ("http://127.0.0.1:8000/v1/chat/completions", {"model": "my-own", "messages": HELLO}, 200),
        ("https://api.openai.com/v1/embeddings", {"input": "x"}, 200),
        (CHAT, {"model": model("fast"), "messages": []}, 400),  # the recording refuses it already
    ],
)
def test_what_is_taken_or_nobodys_rule_is_left_alone(url, body, status):
    """Valid requests, other servers, other operations, and calls that were refused anyway."""
    assert refused([called(url, body, status)]) is None


@pytest.mark.parametrize(
    ("sent", "seen"),
    [("Bearer offline-ANTHROPIC_API_KEY", True), ("Bearer offline-OPENAI_API_KEY", False), ("***", False)],
)
def test_a_key_that_goes_to_another_vendor_is_told(sent, seen):
    """By the name of its variable, with the status that the vendor would answer."""
    call = called(CHAT, {"model": model("fast"), "messages": HELLO})
    call.headers = {"authorization": sent}

    fault = refused([call])

    assert ("ANTHROPIC_API_KEY" in str(fault) and "401" in str(fault)) if seen else fault is None


def test_a_real_key_is_masked_and_a_placeholder_is_not():
    """A ledger is printed; only what stands in for a key may be seen in it."""
    noted = note_headers({"Authorization": "Bearer sk-real", "X-API-Key": "offline-ANTHROPIC_API_KEY"})

    assert noted == {"authorization": "***", "x-api-key": "offline-ANTHROPIC_API_KEY"}


def test_a_check_that_passed_on_a_refused_request_fails(tmp_path: Path):
    """An option of the past: the check that is about it speaks for itself, others with the vendor's rule."""
    careless = tmp_path / "careless.py"
    careless.write_text(
        "def ask(messages):\n"
        '    asked = {"model": model("fast"), "messages": messages, "max_tokens": 500}\n'
        "    return client().chat.completions.create(**asked).choices[0].message.content\n"
    )

    found = verdict([str(START.exercise), f"--overlay={careless}"], tmp_path / "outcome.json")

    kinds = {name: kind for name, (_, kind) in found.items()}
    assert kinds["test_asks_for_the_whole_reply"] == "wrong_value"
    assert kinds["test_returns_the_words_of_the_reply"] == "refused"
