"""A recording is a document: readable, checked when it is read, replaced whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import replace

import pytest
import yaml

from grader.replay.cassette import BadCassette, Cassette, dump, load, parse, save
from grader.replay.secrets import find_secrets
from grader.replay.steps import Fault, Timing, pack, readable_response, unpack, wire_body
from grader.tests.replay_support import AUTHORED, JSON, SSE, ask, cassette, chunks, completion, step

GOOD = """
cassette: 1
title: A greeting
source: stand-in
steps:
- step: 1
  request: {method: POST, url: https://api.openai.com/v1/chat/completions, body: {model: gpt-6-luna}}
  response: {status: 200, headers: {content-type: application/json}, body: {choices: []}}
"""


def one(*steps):
    return Cassette(AUTHORED, steps)


def bad(old, new):
    assert old in GOOD
    with pytest.raises(BadCassette) as caught:
        parse(GOOD.replace(old, new), "greeting.yaml")
    return caught.value


def test_a_good_cassette_is_read():
    read = parse(GOOD)

    assert (read.title, read.source, len(read.steps)) == ("A greeting", "stand-in", 1)
    assert read.steps[0].facts.operation == "openai.chat"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("cassette: 1", "cassette: [", "not YAML"),
        (GOOD, "just text", "not a mapping"),
        (GOOD, "", "not a mapping"),
        ("cassette: 1", "cassette: 2", "version is 2"),
        ("cassette: 1\n", "", "version is None"),
        ("title: A greeting\n", "", "no `title`"),
        ("source: stand-in\n", "", "no `source`"),
        (GOOD[GOOD.index("steps:") :], "", "no `steps`"),
        ("source: stand-in", "source: vendor", "'vendor' is not allowed"),
        ("source: stand-in", "source: authored", "gives no reason"),
        ("steps:\n- step: 1", "steps:\n  step: 1", "not a list"),
        ("- step: 1", "- step: 2", "number 2"),
        ("method: POST, ", "", "no `request`"),
        ("status: 200, ", "", "without `status`"),
        ("  response:", "  answer:", "neither `response` nor `fault`"),
        ("- step: 1", "- step: 1\n  repeat: twice", "repeats 'twice'"),
        ("- step: 1", "- step: 1\n  fault: {kind: slow}", "the fault"),
        ("A greeting", "sk-proj-abcdefghijklmnopqrstuvwx", "an OpenAI or DeepSeek key"),
    ],
)
def test_a_bad_cassette_names_the_file_the_rule_and_the_remedy(old, new, rule):
    error = bad(old, new)

    assert rule in error.rule
    assert error.remedy
    assert str(error) == f"greeting.yaml: {error.rule} {error.remedy}"


def test_a_missing_cassette_is_a_bad_one(tmp_path):
    with pytest.raises(BadCassette, match="no such recording"):
        load(tmp_path / "nothing.yaml")


def test_a_cassette_in_another_encoding_is_a_bad_one(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"title: \xff\xfe")
    with pytest.raises(BadCassette, match="not UTF-8"):
        load(tmp_path / "x.yaml")


@pytest.mark.parametrize(
    "key",
    [
        "sk-abcdefghijklmnopqrstuvwxyz",
        "sk-ant-api03-abcdefghijklmnop",
        "Authorization: Bearer abcdefghijklmnopqrstuvwxyz",
        "AIzaSyA-1234567890abcdefghijklmnopqrstu",
        "ghp_" + "a" * 36,
        "-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_key_is_found_wherever_it_stands(key):
    assert find_secrets(f"one\ntwo {key} three")[0].line == 2


@pytest.mark.parametrize(
    "text", ["sk-test", "Bearer token", "a task-oriented bearer of news", "mask-" + "a" * 30]
)
def test_a_word_that_looks_like_a_key_is_none(text):
    assert not find_secrets(text)


def test_a_known_key_is_found_without_a_pattern():
    assert find_secrets("it is hunter2hunter2.", known=("hunter2hunter2", ""))


def test_what_is_written_is_read_back(tmp_path):
    steps = (
        step(1, ask("hello"), completion("36"), name="greet", repeat="samples"),
        step(2, ask("stream", stream=True), chunks("3", "6"), timing=Timing(0.1, 0.3, ((0.1, 1), (0.3, 4)))),
        step(3, ask("hang"), fault=("hang", 0)),
        step(4, ask("cut", stream=True), chunks("3", "6"), fault=("cut", 1)),
        step(5, ask("no"), {"error": {"message": "slow down"}}, status=429, headers={"retry-after": "2"}),
    )
    path = cassette(tmp_path, *steps)

    assert load(path).steps == steps
    assert load(path).steps[4].reply.headers["retry-after"] == "2"
    save(path, load(path))
    assert load(path).steps == steps


def test_facts_in_the_file_are_for_the_reader_and_recomputed(tmp_path):
    read = load(cassette(tmp_path, step(1, ask("hello"), completion("36")))).steps[0]

    assert dict(read.shown_facts) == read.facts.readable()
    assert replace(read, shown_facts={"operation": "wrong"}).facts.operation == "openai.chat"


@pytest.mark.parametrize(
    "said",
    [
        "🌤️ naïve — “quoted”",
        "two\nlines",
        "trailing \n spaces ",
        "tab\tand\rreturn",
        "\x07 bell",
        "2026-11-20",
        "yes",
        "",
    ],
)
def test_any_text_survives_the_round_trip(tmp_path, said):
    path = cassette(tmp_path, step(1, ask(said), completion(said)))

    assert load(path).steps[0].reply.text == said
    assert load(path).steps[0].sent["messages"][0]["content"] == said


def test_text_stays_readable():
    text = dump(one(step(1, ask("Sunny? 🌤️\nYes."), completion("naïve"))))

    assert "🌤️" in text
    assert "naïve" in text
    assert "content: |-\n" in text


def test_a_stream_is_a_literal_block():
    text = dump(one(step(1, ask("x", stream=True), chunks("3"))))

    assert "sse: |+\n" in text
    assert "      data: [DONE]\n" in text


def test_a_bodys_keys_keep_their_order_and_no_alias_hides_a_value():
    shared = {"z": 1, "a": 2}
    text = dump(one(step(1, {"first": shared, "second": shared}, completion("x"))))

    assert text.index("z: 1") < text.index("a: 2")
    assert "&id" not in text


def test_embeddings_are_stored_as_base64(tmp_path):
    vector = [0.5, -0.25, 1.0]
    body = {"data": [{"index": 0, "embedding": vector}], "model": "m"}
    path = cassette(tmp_path, step(1, {"input": "x"}, body, url="https://api.openai.com/v1/embeddings"))

    assert f"embedding: {pack(vector)}" in path.read_text(encoding="utf-8")
    assert unpack(pack(vector)) == vector


def test_a_body_that_is_no_text_is_base64():
    response = readable_response(200, {"content-type": "image/png"}, b"\x89PNG\xff")

    assert "base64" in response
    assert wire_body(response) == b"\x89PNG\xff"


@pytest.mark.parametrize("raw", [b'{"cut": ', b'"\\ud83d"', b"<html>"])
def test_a_json_body_that_yaml_cannot_hold_stays_text(raw):
    response = readable_response(200, JSON, raw)

    assert wire_body(response) == raw


def test_only_headers_on_the_list_are_kept():
    wanted = {"x-request-id": "1", "retry-after": "2", "x-ratelimit-remaining-tokens": "9"}
    headers = {"Set-Cookie": "a=b", "server": "x", "openai-organization": "mine", **wanted}

    kept = readable_response(200, headers, b"")["headers"]
    assert sorted(kept) == ["retry-after", "x-ratelimit-remaining-tokens", "x-request-id"]


def test_a_stream_breaks_between_events_where_it_was_recorded_to():
    timing = Timing(0.1, 0.4, ((0.2, 1), (0.2, 1), (0.3, 4)))
    recorded = step(1, ask("x", stream=True), chunks("3", "6"), timing=timing)

    pieces = recorded.chunks()
    assert [offset for offset, _ in pieces] == [0.2, 0.3, 0.4]
    assert b"".join(piece for _, piece in pieces) == recorded.reply.body
    assert all(piece.endswith(b"\n\n") for _, piece in pieces)


def test_a_cut_step_gives_what_came_before_the_cut():
    cut = step(1, ask("x", stream=True), chunks("3", "6"), fault=("cut", 1))

    assert cut.reply.text == "3"
    assert len(cut.chunks()) == 1
    assert step(1, ask("x"), fault=("refuse",)).reply is None


def test_a_changed_file_is_read_anew(tmp_path):
    path = cassette(tmp_path, step(1, ask("x"), completion("old")))
    assert load(path).steps[0].reply.text == "old"
    cassette(tmp_path, step(1, ask("x"), completion("newer")))

    assert load(path).steps[0].reply.text == "newer"


def test_what_holds_a_key_is_not_written(tmp_path):
    path = cassette(tmp_path, step(1, ask("x"), completion("old")))
    before = path.read_bytes()
    with pytest.raises(BadCassette, match="Revoke"):
        cassette(tmp_path, step(1, ask("sk-proj-abcdefghijklmnopqrstuvwx"), completion("new")))

    assert path.read_bytes() == before


def test_who_reads_the_old_recording_reads_it_whole(tmp_path):
    path = cassette(tmp_path, step(1, ask("x"), completion("old")))
    with path.open("rb", buffering=0) as reader:
        before = reader.read(20)
        cassette(tmp_path, step(1, ask("x"), completion("new")))
        before += reader.read()

    assert parse(before.decode()).steps[0].reply.text == "old"
    assert load(path).steps[0].reply.text == "new"


@contextmanager
def small_disk(folder):
    """A real file system of 64 KiB; skipped where it cannot be mounted."""
    if os.name != "posix" or os.geteuid() != 0 or sys.platform != "linux":
        pytest.skip("needs root on Linux")
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True
    )
    if done.returncode:
        pytest.skip("no file system can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_old_recording(tmp_path):
    with small_disk(tmp_path):
        path = cassette(tmp_path, step(1, ask("x"), completion("old")))
        before = path.read_bytes()
        with pytest.raises(OSError, match="No space left"):
            cassette(tmp_path, step(1, ask("x"), completion("new" * 40_000)))

        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="needs a limit of the operating system")
def test_a_write_that_breaks_off_leaves_the_old_recording(tmp_path):
    path = cassette(tmp_path, step(1, ask("x"), completion("old")))
    before = path.read_bytes()
    code = """
        import resource, sys
        from pathlib import Path
        from grader.replay.cassette import write_whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        write_whole(Path(sys.argv[1]), "new" * 40_000)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), path], capture_output=True, text=True)

    assert "File too large" in done.stderr
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_plain_yaml_for_any_reader(tmp_path):
    path = cassette(tmp_path, step(1, ask("x", stream=True), chunks("3"), fault=("cut", 1)))

    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert read["steps"][0]["fault"] == {"kind": "cut", "after": 1}
    assert read["steps"][0]["response"]["headers"] == SSE
    assert json.loads(json.dumps(read["steps"][0]["request"]))["method"] == "POST"
    assert Fault(**read["steps"][0]["fault"]) == Fault("cut", 1)
