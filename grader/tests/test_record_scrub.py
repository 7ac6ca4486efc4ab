"""The scrubber: nothing private survives, and the same call leaves the same bytes."""

from __future__ import annotations

import base64
import json

import pytest

from grader.record.scan import secrets
from grader.record.scrub import private_values, scrub, scrub_text, scrub_url

# Keys are put together at run time, so that no scan of this repository meets one.
OPENAI = "sk-" + "proj-" + "Ab3" * 12
OWN = "own-" + "key-of-this-machine-0815"


def step(number=1, body=None, headers=None, **response):
    return {
        "step": number,
        "request": {"method": "POST", "url": "https://api.openai.com/v1/chat", "body": {"messages": []}},
        "response": {"status": 200, "headers": headers or {}, **({"body": body} if body else {}), **response},
    }  # fmt: skip


def scrubbed(*steps, private=()):
    once = scrub({"cassette": 1, "steps": list(steps)}, private)
    assert scrub(once, private) == once
    return once["steps"]


def test_headers_are_allowed_by_name():
    noisy = {
        "Content-Type": "application/json",
        "Set-Cookie": "sid=1",
        "openai-organization": "acme",
        "x-new": "1",
    }

    [only] = scrubbed(step(headers={**noisy, "retry-after": "2"}))

    assert only["response"]["headers"] == {"content-type": "application/json", "retry-after": "2"}


def test_request_headers_are_not_kept_at_all():
    sent = step()
    sent["request"]["headers"] = {"authorization": f"Bearer {OPENAI}"}

    assert "headers" not in scrubbed(sent)[0]["request"]


def test_key_values_of_this_machine_are_removed_in_every_form():
    private = private_values(
        {"ACME_API_KEY": OWN, "HOME": "/home/somebody-with-a-long-name", "SHORT_TOKEN": "abc"}
    )
    packed = base64.b64encode(OWN.encode()).decode()
    body = {"error": f"bad key {OWN}", "seen": [f"x={OWN}&y", packed]}

    [only] = scrubbed(step(body=body), private=private)

    assert OWN not in json.dumps(only)
    assert packed.rstrip("=") not in json.dumps(only)
    assert only["response"]["body"]["error"] == "bad key removed"


def test_accounts_and_credentials_are_made_anonymous():
    said = "Limit reached for org-Ab12Cd34Ef56Gh78 in proj_9f8e7d6c5b4a3210: Bearer abcdefghijklmnop1234"

    text = scrub_text(said)

    assert text == "Limit reached for org-course in proj_course: Bearer removed"
    assert scrub_text(text) == text


@pytest.mark.parametrize(
    "text", ["the org-chart", "a user-friendly reply", "proj_plan", "Basic arithmetic is enough"]
)
def test_ordinary_words_stay(text):
    assert scrub_text(text) == text


def test_a_url_keeps_no_key():
    assert scrub_url("https://me:pw@host/v1/x?key=abc&limit=20") == "https://host/v1/x?limit=20"
    assert scrub_url("https://host/v1/x?limit=20&after=a%20b") == "https://host/v1/x?limit=20&after=a+b"
    assert scrub_url("https://host/v1/x") == "https://host/v1/x"


def test_ids_are_numbered_in_order_and_stay_the_same_id_everywhere():
    made = {"id": "chatcmpl-Zx81kQ", "choices": [{"message": {"tool_calls": [{"id": "call_8fjw2k1m"}]}}]}
    answer = {"id": "chatcmpl-Qr77pL", "object": "chat.completion"}
    second = step(2, body=answer)
    second["request"]["body"]["messages"] = [
        {"role": "tool", "tool_call_id": "call_8fjw2k1m", "content": "36"}
    ]

    one, two = scrubbed(step(body=made), second)

    assert one["response"]["body"]["id"] == "chatcmpl-0001"
    assert two["response"]["body"]["id"] == "chatcmpl-0002"
    assert two["request"]["body"]["messages"][0]["tool_call_id"] == "call_0001"
    assert one["response"]["body"]["choices"][0]["message"]["tool_calls"][0]["id"] == "call_0001"


def test_ids_in_urls_and_streams_follow():
    stream = 'data: {"id": "msg_01AbC9", "created": 1790000000}\n\ndata: {"id": "msg_01AbC9"}\n\n'
    one = step(headers={"content-type": "text/event-stream"}, sse=stream)
    two = step(2, body={"id": "batch_77aa88bb", "status": "completed"})
    two["request"]["url"] = "https://api.openai.com/v1/batches/batch_77aa88bb"

    first, second = scrubbed(one, two)

    assert first["response"]["sse"].count('"id": "msg_0001"') == 2
    assert second["request"]["url"].endswith("/batches/batch_0001")


def test_the_learners_own_ids_and_words_stay():
    body = {"custom_id": "msg_4711aa", "text": "file_processing and batch_processing", "id": "file-questions"}

    [only] = scrubbed(step(body=body))

    assert only["response"]["body"] == body


def test_two_recordings_of_the_same_call_are_the_same():
    def made(tail, moment):
        body = {
            "id": f"chatcmpl-{tail}",
            "created": moment,
            "expires_at": moment + 86_401,
            "usage": {"total": 3},
        }
        return step(body=body, headers={"x-request-id": f"req_{tail}"})

    assert scrubbed(made("a1b2", 1_790_000_000)) == scrubbed(made("x9y8", 1_795_555_555))


def test_spans_of_time_survive():
    body = {"created_at": 1_790_000_000, "in_progress_at": 1_790_000_002, "expires_at": 1_790_086_400}

    [only] = scrubbed(step(body=body))

    kept = only["response"]["body"]
    assert kept["expires_at"] - kept["created_at"] == 86_400
    assert kept["in_progress_at"] == kept["created_at"]


def test_dates_in_anthropics_form_are_moved_too():
    body = {"created_at": "2026-11-20T08:15:30.123Z", "expires_at": "2026-11-21T08:15:31Z"}

    [only] = scrubbed(step(body=body))

    assert only["response"]["body"] == {
        "created_at": "2026-01-01T00:00:00Z",
        "expires_at": "2026-01-02T00:00:00Z",
    }


def test_numbers_that_are_no_moments_stay():
    body = {"created": 7, "tokens": 1_790_000_000}

    assert scrubbed(step(body=body))[0]["response"]["body"] == body


def yaml_with(text):
    head = "cassette: 1\nsteps:\n- response:\n    status: 200\n    headers: {}\n"
    return f"{head}    text: {json.dumps(text)}\n"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (yaml_with(f"your key is {OPENAI}"), False),
        (yaml_with(base64.b64encode(f"padding {OPENAI} padding".encode()).decode()), True),
        (yaml_with("x")[:-4] + f'"{OPENAI[:12]}\\\n      {OPENAI[12:]}"\n', True),
    ],
    ids=["plain", "base64", "folded"],
)
def test_a_key_is_found_in_every_disguise(text, hidden):
    [found] = secrets(text)

    assert "OpenAI" in found.kind
    assert (found.line == 0) is hidden


def test_a_key_that_comes_in_two_chunks_of_a_stream_is_found():
    pieces = [OPENAI[:11], OPENAI[11:]]
    chunks = [{"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces]
    sse = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    text = yaml_with("x").replace("headers: {}", "headers: {content-type: text/event-stream}")

    [found] = secrets(text.replace('text: "x"', f"sse: {json.dumps(sse)}"))

    assert found.line == 0


def test_known_values_are_found_whatever_they_look_like():
    assert secrets(yaml_with(f"so {OWN} it is"), [OWN])
    assert not secrets(yaml_with("nothing to see"), [OWN])
