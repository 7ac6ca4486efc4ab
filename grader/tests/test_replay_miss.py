"""A miss ends the test at once, says what was sent and what was expected, and cannot be swallowed."""

# ruff: noqa: PT012 - the raising part is the tape's exit, not the call

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import anthropic
import openai
import pytest

from grader.replay.miss import WIDTH, Miss
from grader.replay.tape import use
from grader.tests.replay_support import KEY, ask, cassette, completion, message, step

JSON_MODE = {"response_format": {"type": "json_object"}}
TOOLS = {"tools": [{"type": "function", "function": {"name": "calculate"}}]}


def call(*texts, **body):
    return openai.OpenAI(api_key=KEY).chat.completions.create(**ask(*texts, **body))


def miss_of(path, *requests, **options):
    with pytest.raises(Miss) as caught, use(path, **options):
        for request in requests:
            call("hello", **request)
    return caught.value


@pytest.fixture
def one(tmp_path):
    return cassette(tmp_path, step(1, ask("hello"), completion("hi"), name="greet"))


def test_a_miss_says_what_was_sent_and_what_was_expected(one):
    miss = miss_of(one, JSON_MODE)

    assert miss.kind == "no_match"
    assert miss.differences == [("format", "json_object", "text")]
    assert miss.words() == str(miss)
    assert str(miss).splitlines() == [
        "Your code's call 1 (chat completions) is none that this check expects.",
        "The nearest expected one is step 1 of 1 (greet):",
        "",
        "  response format  you sent  JSON mode (json_object)",
        "                   expected  plain text (no response format)",
    ]


def test_an_already_played_step_is_one_call_too_many(one):
    miss = miss_of(one, {}, {})

    assert miss.kind == "one_too_many"
    assert miss.nearest.name == "greet"
    assert str(miss).startswith("One call too many: your code sent call 2 (chat completions)")


def test_a_forgotten_tool_names_the_step_that_comes_next(tmp_path):
    """Both steps are near: the one that was never played is what the learner was about to do."""
    steps = step(1, ask("hello"), completion("hi")), step(2, ask("hello", **TOOLS), completion("hi"))

    miss = miss_of(cassette(tmp_path, *steps), {}, {})

    assert (miss.kind, miss.nearest.number) == ("no_match", 2)
    assert miss.differences == [("tools", (), ("calculate",))]


def test_without_a_cassette_every_call_is_a_miss():
    miss = miss_of(None, {})

    assert miss.kind == "no_cassette"
    assert "This check calls no model" in str(miss)


def test_an_endpoint_that_no_provider_has_is_named(one):
    import httpx2

    with pytest.raises(Miss) as caught, use(one):
        httpx2.post("https://api.openai.com/v1/complete", json={"prompt": "x"})

    assert caught.value.kind == "unknown_operation"
    assert "https://api.openai.com/v1/complete" in str(caught.value)


@pytest.mark.parametrize("body", [JSON_MODE, TOOLS, {"stream": True, **JSON_MODE, **TOOLS}])
def test_words_fit_eighty_columns_and_never_advise_to_record(one, body):
    words = str(miss_of(one, body))

    assert max(map(len, words.splitlines())) <= WIDTH
    assert "record" not in words.lower().replace("recording", "").replace("recorded", "")


def test_a_miss_is_not_retried(one):
    tape = use(one).open()
    with pytest.raises(Miss) as caught:
        openai.OpenAI(api_key=KEY, max_retries=2).chat.completions.create(**ask("hello", **JSON_MODE))
    tape.close(caught.value)

    assert len(tape.calls) == len(tape.misses) == 1


def test_a_miss_passes_except_exception(one):
    with pytest.raises(Miss), use(one):
        try:
            call("hello", **JSON_MODE)
        except Exception:
            pytest.fail("swallowed")


def test_a_swallowed_miss_comes_back_at_the_end(one):
    with pytest.raises(Miss), use(one) as tape:
        try:
            call("hello", **JSON_MODE)
        except:  # noqa: E722 - this is what some learners write
            assert tape.misses


def test_a_gathered_miss_comes_back_at_the_end(one):
    async def ask_all():
        client = openai.AsyncOpenAI(api_key=KEY)
        calls = [client.chat.completions.create(**ask("hello", **body)) for body in ({}, JSON_MODE)]
        return await asyncio.gather(*calls, return_exceptions=True)

    with pytest.raises(Miss), use(one):
        asyncio.run(ask_all())


def test_a_miss_in_a_thread_comes_back_at_the_end(one):
    with pytest.raises(Miss), use(one), ThreadPoolExecutor() as pool:
        pool.submit(call, "hello", **JSON_MODE)


def test_a_miss_in_a_task_group_is_raised_once_in_its_group(one):
    async def ask_all():
        async with asyncio.TaskGroup() as group:
            group.create_task(
                openai.AsyncOpenAI(api_key=KEY).chat.completions.create(**ask("hello", **JSON_MODE))
            )

    with pytest.raises(BaseExceptionGroup) as caught, use(one):
        asyncio.run(ask_all())

    assert caught.value.subgroup(Miss)


def test_closing_knows_a_miss_that_the_test_has_shown_already(one):
    tape = use(one).open()
    with pytest.raises(Miss) as caught:
        call("hello", **JSON_MODE)

    tape.close(caught.value)


def test_a_miss_behind_another_error_is_what_is_raised(one):
    """The assertion that fails after a swallowed miss is a consequence of it."""
    with pytest.raises(Miss), use(one):
        try:
            call("hello", **JSON_MODE)
        except:  # noqa: E722
            raise AssertionError("no answer") from None


def test_the_other_vendors_sdk_lets_it_pass_too(tmp_path):
    path = cassette(tmp_path, step(1, ask("x"), message("x")))
    with pytest.raises(Miss) as caught, use(path):
        anthropic.Anthropic(api_key=KEY).messages.create(
            model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}]
        )

    assert caught.value.differences[0][0] == "operation"
