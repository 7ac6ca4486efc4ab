"""A request's facts: the same for every wording, different for every shape."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.models import model
from grader.replay.facts import Facts, facts, known_operation, mentions, messages_of, operation_of
from grader.tests.replay_support import CHAT, MESSAGES, ask

TOOL = {"type": "function", "function": {"name": "calculate", "parameters": {"type": "object"}}}
SCHEMA = {"type": "object", "properties": {"b": {}, "a": {}}}


_KEYS = st.sampled_from(
    re.findall(
        r"\w+",
        "messages system tools function response_format output_config format json_schema schema properties "
        "text input requests params model role content tool_calls temperature type",
    )
)


def chat(**body):
    return facts("POST", CHAT, ask("hello", **body))


def claude(messages, **body):
    return facts("POST", MESSAGES, {"model": model("fast", "anthropic"), "messages": messages, **body})


@pytest.mark.parametrize(
    ("url", "operation"),
    [
        ("https://api.openai.com/v1/chat/completions", "openai.chat"),
        ("https://api.deepseek.com/chat/completions", "openai.chat"),
        ("http://localhost:11434/v1/chat/completions", "openai.chat"),
        ("https://proxy.example/openai/v1/chat/completions?x=1", "openai.chat"),
        ("https://api.openai.com/v1/responses", "openai.responses"),
        ("https://api.openai.com/v1/embeddings", "openai.embeddings"),
        ("https://api.openai.com/v1/files", "openai.files"),
        ("https://api.openai.com/v1/files/file-1/content", "openai.files"),
        ("https://api.openai.com/v1/batches/batch_1/cancel", "openai.batches"),
        ("https://api.openai.com/v1/models", "openai.models"),
        ("https://api.anthropic.com/v1/messages", "anthropic.messages"),
        ("https://api.anthropic.com/v1/messages/count_tokens", "anthropic.count_tokens"),
        ("https://api.anthropic.com/v1/messages/batches", "anthropic.batches"),
        ("https://api.anthropic.com/v1/messages/batches/msgbatch_1/results", "anthropic.batches"),
        ("http://localhost:8000/generate", "generate"),
    ],
)
def test_the_end_of_the_path_says_which_operation_it_is(url, operation):
    assert facts("POST", url, {}).operation == operation
    assert known_operation(operation)


def test_an_unknown_path_is_its_own_operation():
    assert operation_of("/v2/complete") == "/v2/complete"
    assert not known_operation("/v2/complete")


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/v1/batches", "create"),
        ("GET", "/v1/batches", "list"),
        ("GET", "/v1/batches/batch_1", "read"),
        ("POST", "/v1/batches/batch_1/cancel", "cancel"),
        ("GET", "/v1/files/file-1/content", "content"),
        ("DELETE", "/v1/messages/batches/msgbatch_1", "delete"),
        ("GET", "/v1/messages/batches/msgbatch_1/results", "results"),
        ("POST", "/v1/chat/completions", "create"),
    ],
)
def test_asking_for_a_batch_is_not_making_one(method, path, action):
    assert facts(method, path, None).action == action


def test_the_tier_comes_from_the_table_and_the_model_stays():
    assert (chat().tier, chat().model) == ("fast", model("fast"))
    assert (chat(model="gpt-0").tier, chat(model="gpt-0").model) == (None, "gpt-0")


@pytest.mark.parametrize(("value", "named"), [(None, "unset"), (0, "zero"), (0.0, "zero"), (0.7, "positive")])
def test_temperature_is_one_of_three(value, named):
    assert chat(temperature=value).temperature == named


def test_formats_of_both_vendors_have_the_same_names():
    strict = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}
    native = {"format": {"type": "json_schema", "schema": SCHEMA}}

    assert chat().format == "text"
    assert chat(response_format={"type": "json_object"}).format == "json_object"
    assert chat(response_format=strict).format == claude([], output_config=native).format == "json_schema"
    assert (
        chat(response_format=strict).schema_fields
        == claude([], output_config=native).schema_fields
        == ("a", "b")
    )


def test_tools_of_both_vendors_have_the_same_names():
    assert chat(tools=[TOOL]).tools == claude([], tools=[{"name": "calculate", "input_schema": {}}]).tools


def test_the_system_prompt_counts_as_the_first_role_for_both_vendors():
    developer = [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    blocks = [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]
    apart = {"system": blocks, "messages": [{"role": "user", "content": "Hi"}]}

    assert facts("POST", CHAT, {"messages": developer}).roles == ("system", "user")
    assert messages_of(apart) == messages_of({"messages": developer})


def test_a_turn_is_a_message_of_the_assistant():
    assert facts("POST", CHAT, ask("a", "b", "c", "d", "e")).turn == 2


def test_a_tools_result_counts_only_in_the_current_turn():
    asked = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "1", "function": {"arguments": "{}"}}],
    }
    result, user = (
        {"role": "tool", "tool_call_id": "1", "content": "36"},
        {"role": "user", "content": "And 16%?"},
    )
    block = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "1", "content": "36"}]}

    assert chat(messages=[user, asked, result]).tool_result
    assert not chat(messages=[user, asked, result, {"role": "assistant", "content": "36"}, user]).tool_result
    assert claude([user, {"role": "assistant", "content": []}, block]).tool_result


@pytest.mark.parametrize(("given_", "count"), [(["a", "b"], 2), ("a", 1)])
def test_inputs_of_an_embedding_are_counted(given_, count):
    assert facts("POST", "/v1/embeddings", {"input": given_}).inputs == count


def test_mentions_are_content_words_and_numbers_of_the_whole_conversation():
    sent = facts("POST", CHAT, ask("What is 15% of 1,240.50?", "First: the FACTOR", "and then"))

    assert {"15", "1240.50", "factor", "first"} <= sent.mentions
    assert not {"what", "is", "of", "the"} & sent.mentions


def test_mentions_hold_the_id_in_a_path_so_that_a_file_finds_its_content():
    assert {"abc"} & facts("GET", "/v1/files/file-abc/content", None).mentions


def test_wording_changes_the_mentions_and_nothing_else():
    mine, theirs = facts("POST", CHAT, ask("Add two and two")), facts("POST", CHAT, ask("Sum: 2 + 2"))

    assert mine != theirs
    assert mine.readable() == theirs.readable()


def test_readable_facts_leave_out_what_is_as_always():
    assert Facts("openai.chat").readable() == {"operation": "openai.chat"}
    assert chat(stream=True).readable()["stream"] is True


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_KEYS | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(_KEYS, _JSON) | _JSON)
def test_facts_of_a_nonsensical_body_are_facts_and_no_crash(body):
    """A learner sends what a learner sends: the grader must be able to say what that was."""
    assert hash(facts("POST", CHAT, body)) is not None


def test_mentions_of_a_text_are_remembered_not_recomputed():
    assert mentions(["alpha beta"]) == mentions(["beta", "alpha"])
