"""The recorder: new recordings once they are proved, and otherwise nothing changed, byte for byte."""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import signal
import subprocess
import threading
from contextlib import suppress
from decimal import Decimal

import pytest
import yaml

from grader.provider.library import Library
from grader.provider.serve import running
from grader.record import place, recorder
from grader.record.recorder import record, summary
from grader.record.takes import NotRecorded, Source
from grader.replay.cassette import load
from grader.tests.prove_support import SCRIPT, add_wrong, put, recorded, snapshot, tiny


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refused(module, source=None):
    """Why a recording was refused, after making sure that nothing changed."""
    before = snapshot(module.cassettes)
    with pytest.raises(NotRecorded) as found:
        record(module, source or Source())
    assert snapshot(module.cassettes) == before
    assert sorted(p.name for p in module.cassettes.parent.iterdir()) == [module.key]
    return str(found.value)


def test_the_head_says_where_the_words_come_from(course):
    head = load(course.cassette("plain")).head

    assert head["source"] == "stand-in"
    assert head["title"] == "What is 15% of 240"
    assert head["note"].startswith("The words come from a script of this course")
    assert head["voice"] == 1
    assert head["models"] == {"asked": ["gpt-6-luna"], "answered": ["gpt-6-luna"]}
    assert list(head["sdk"]) == ["openai"]
    assert head["usage"]["output_tokens"] > 0
    assert Decimal(head["cost_usd"]) > 0
    assert head["reference"].startswith("sha256:")


def test_failures_are_recorded_too(course):
    limited, answered = load(course.cassette("plain")).steps

    assert limited.reply.status == 429
    assert limited.reply.headers["retry-after"] == "1"
    assert answered.reply.json_text()["answer"] == 36


def test_recording_again_changes_no_byte(course):
    before = snapshot(course.cassettes)

    report = record(course, Source())

    assert snapshot(course.cassettes) == before
    assert report.unchanged == ["corrected", "plain"]
    assert "unchanged" in summary(report)


def test_only_what_changed_is_replaced(course):
    before = snapshot(course.cassettes)
    change(course.script, "multiply them", "multiply both")

    report = record(course, Source())

    assert report.changed == ["plain"]
    assert snapshot(course.cassettes)["corrected.yaml"] == before["corrected.yaml"]
    assert "multiply both" in course.cassette("plain").read_text()


def test_a_step_that_says_the_same_keeps_its_timing(course):
    before = load(course.cassette("corrected")).steps
    change(course.script, "seven tenths of ten", "a tenth of it all")

    record(course, Source())

    after = load(course.cassette("corrected")).steps
    assert after[0].timing == before[0].timing
    assert after[1].reply.text != before[1].reply.text


def test_a_delay_that_the_script_changes_is_recorded(course):
    change(course.script, "answer: 37}]", "answer: 37}]\n    delay: 1.2")

    report = record(course, Source())

    assert report.changed == ["plain"]
    assert load(course.cassette("plain")).steps[-1].timing.headers > 1


def test_another_voice_says_other_words_and_is_named(course):
    report = record(course, Source(voice=2))

    assert report.changed == ["corrected", "plain"]
    assert load(course.cassette("plain")).head["voice"] == 2
    assert load(course.cassette("plain")).steps[-1].reply.json_text()["answer"] == 37


def test_authored_recordings_are_played_and_kept(course):
    by_hand = (
        course.cassette("plain").read_text().replace("source: stand-in", "source: authored\nreason: rare")
    )
    put(course.cassette("plain"), by_hand.replace('"answer": 36', '"answer": 99'))
    put(course.script, SCRIPT[SCRIPT.index("corrected:") :])
    before = course.cassette("plain").read_bytes()

    report = record(course, Source())

    assert report.authored == ["plain"]
    assert list(report.texts) == ["corrected"]
    assert course.cassette("plain").read_bytes() == before


def test_a_recording_that_no_check_plays_is_pointed_at(course):
    shutil.copy(course.cassette("plain"), course.cassette("spare"))

    report = record(course, Source())

    assert report.unused == ["spare"]
    assert "spare" in summary(report)
    assert course.cassette("spare").is_file()


def test_the_fullest_take_wins_when_the_first_check_leaves_the_end_out(course):
    early = '''
@pytest.mark.task(1)
@pytest.mark.cassette("corrected")
def test_asks_at_all(tape):
    """A request is sent."""
    from openai import OpenAI
    from grader.models import model
    OpenAI().chat.completions.create(
        model=model("fast"), messages=[{"role": "user", "content": "What is 10% of 70? Reply as JSON."}],
        response_format={"type": "json_object"},
    )

    assert len(tape.calls) == 1
'''
    put(course.test_file, course.test_file.read_text() + early)

    record(course, Source())

    assert len(load(course.cassette("corrected")).steps) == 2


def test_a_reference_that_fails_records_nothing(course):
    change(course.reference, "return int(", "return 1 + int(")

    said = refused(course)

    assert said.startswith("The reference does not pass while it is recorded:")
    assert "test_reads_the_number" in said


def test_a_script_without_the_scenario_records_nothing(course):
    change(course.script, "corrected:", "amended:")

    assert "04" not in (said := refused(course))
    assert "corrected" in said


def test_a_script_that_breaks_a_rule_records_nothing(course):
    """Its own words are told, not what a solution makes of a failing server."""
    change(course.script, "title:", "titel:")

    assert "did you mean `title`?" in refused(course)


def test_words_that_only_pass_while_recorded_are_refused(course):
    # The check asks what is not in the recording: true while it is made, and never again.
    change(
        course.test_file,
        "    answer = solve(",
        "    import os\n    assert tape.recording\n    answer = solve(",
    )

    said = refused(course)

    assert said.startswith("The new recordings do not hold, and the old ones stay:")
    assert "reference: test_answers_with_what_the_model_said" in said


def test_a_wrong_solution_that_would_pass_is_refused(course):
    # With these words the constant of `first_digit` is right by chance.
    change(course.script, "answer: 36", "answer: 3")

    said = refused(course)

    assert "wrong first_digit: test_answers_with_what_the_model_said should fail, and it passed." in said


def test_unproven_takes_the_recordings_all_the_same(course):
    change(course.script, "answer: 36", "answer: 3")

    report = record(course, Source(), unproven=True)

    assert report.changed == ["plain"]


def test_a_key_in_a_reply_is_refused(course):
    # Put together here, so that no scan of this repository meets a key.
    change(course.script, "multiply them", "use sk-" + "proj-" + "Zk9" * 12)

    said = refused(course)

    assert "an OpenAI or DeepSeek key" in said
    assert "Zk9Zk9" not in said


def test_a_key_in_pieces_of_a_stream_is_refused(tmp_path):
    key = "sk-" + "proj-" + "Zk9" * 12
    reference = '''
"""Streams. Grade it: pytest exercises/42_tiny"""

from openai import OpenAI

from grader.models import model


def solve(question: str) -> str:
    """The answer, put together from its pieces."""
    stream = OpenAI().chat.completions.create(
        model=model("fast"), messages=[{"role": "user", "content": question}], stream=True,
        max_completion_tokens=50,
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
'''
    test = '''
import pytest
from tiny import solve


@pytest.mark.task(1)
@pytest.mark.cassette("streamed")
def test_puts_the_pieces_together(tape):
    """The answer is what came."""
    assert solve("Which key?") == tape.steps[0].reply.text
'''
    script = f"streamed:\n  title: pieces\n  turns:\n  - say: use {key} now\n    chunk_size: [9]\n"
    module = tiny(tmp_path, reference=reference, test=test, script=script, wrong={})

    with pytest.raises(NotRecorded, match="a decoded part would hold an OpenAI or DeepSeek key"):
        record(module, Source())

    assert not module.cassettes.exists()


def test_a_key_of_this_machine_is_refused_or_gone(course, monkeypatch):
    monkeypatch.setenv("ACME_API_KEY", "own-" + "word-of-this-machine")
    change(course.script, "multiply them", "say own-" + "word-of-this-machine")

    record(course, Source())

    assert "say removed" in course.cassette("plain").read_text()
    assert b"word-of-this-machine" not in b"".join(snapshot(course.cassettes).values())


def test_the_cap_stops_before_the_call(course):
    said = refused(course, Source(cap=Decimal("0.00001")))

    assert "openai.chat may cost $" in said
    assert "of the cap $0.00001" in said


def test_a_cap_that_suffices_lets_everything_through(course):
    report = record(course, Source(cap=Decimal("0.01")))

    assert Decimal(0) < report.spent < Decimal("0.01")


def test_an_unknown_price_is_refused(course):
    change(course.reference, 'model("fast")', '"gpt-99-unheard-of"')

    assert "No price is known for 'gpt-99-unheard-of'" in refused(course)


def test_live_without_a_key_says_which_variable_to_set(course, monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    assert "Set OPENAI_API_KEY or ANTHROPIC_API_KEY" in refused(course, Source(live=True))


@pytest.fixture
def vendor(course, monkeypatch):
    """A stand-in that plays a real host: reached by its base URL, with a key, without a scenario's name."""
    change(course.script, "A reply that is asked for again\n", 'A reply again\n  match: ["10%", "70"]\n')
    with running(library=Library(course.root), pace=0) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{url}/v1")
        monkeypatch.setenv("OPENAI_API_KEY", "own-" + "key-that-pays-for-it")
        yield url


def test_live_recordings_are_made_under_the_cap_and_without_the_key(course, vendor):
    report = record(course, Source(live=True, cap=Decimal("0.01")))

    text = course.cassette("corrected").read_text()
    head = load(course.cassette("corrected")).head
    assert (head["source"], head.get("voice")) == ("live", None)
    assert head["note"].startswith("The words are the vendor's")
    assert "key-that-pays-for-it" not in text
    assert "x-stand-in" not in text
    assert Decimal(0) < report.spent < Decimal("0.01")


def test_a_live_call_past_the_cap_is_never_sent(course, vendor):
    assert "of the cap $0.00001" in refused(course, Source(live=True, cap=Decimal("0.00001")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_changes_nothing(course, request):
    kept = snapshot(course.cassettes)
    folder = course.cassettes.parent
    shutil.rmtree(folder)
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    request.addfinalizer(lambda: subprocess.run(["umount", str(folder)], check=True))
    course.cassettes.mkdir()
    for name, data in kept.items():
        (course.cassettes / name).write_bytes(data)
    with suppress(OSError), (course.cassettes / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    change(course.script, "multiply them", "multiply both")

    said = refused(course)

    assert "No space left on device" in said
    assert kept.items() <= snapshot(course.cassettes).items()


def test_a_write_that_breaks_off_changes_nothing(course):
    kept = snapshot(course.cassettes)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with (
            pytest.raises(OSError, match="too large"),
            place.staged(course.cassettes.parent, course.key, {"plain": "x" * 5000}, {}) as staging,
        ):
            place.swap(staging / course.key, course.cassettes, ["plain"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert snapshot(course.cassettes) == kept
    assert sorted(p.name for p in course.cassettes.parent.iterdir()) == [course.key]


def test_a_swap_that_fails_halfway_puts_everything_back(course):
    kept = snapshot(course.cassettes)
    fresh = {"corrected": "new", "plain": "new", "added": "new"}

    with place.staged(course.cassettes.parent, course.key, fresh, {}) as staging:
        (staging / course.key / "plain.yaml").unlink()
        with pytest.raises(FileNotFoundError):
            place.swap(staging / course.key, course.cassettes, ["added", "corrected", "plain"])

    assert snapshot(course.cassettes) == kept


def test_a_reader_never_finds_a_recording_missing(course):
    file, stop, missing = course.cassette("plain"), threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                file.read_bytes()
            except FileNotFoundError:
                missing.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        with place.staged(course.cassettes.parent, course.key, {"plain": str(n)}, {}) as staging:
            place.swap(staging / course.key, course.cassettes, ["plain"])
    stop.set()
    reader.join()

    assert missing == []
    assert file.read_text() == "199"


def test_the_command_says_that_nothing_changed(course, monkeypatch, capsys):
    monkeypatch.setattr(recorder, "module", lambda _: course)
    parser = argparse.ArgumentParser()
    recorder.add_arguments(parser)
    add_wrong(course, "harmless", ["test_reads_the_number"], 1, "unused = 1")

    assert recorder.run(parser.parse_args(["42_tiny"])) == 1

    printed = capsys.readouterr().out
    assert printed.startswith("Nothing was changed. The new recordings do not hold")
    assert recorder.run(parser.parse_args(["42_tiny", "--unproven"])) == 0
    assert "2 recordings" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["much", "-1", "nan", "inf"])
def test_a_cap_is_an_amount(text):
    with pytest.raises(argparse.ArgumentTypeError, match="not an amount in dollars"):
        recorder.dollars(text)


def test_a_recording_reads_as_a_document(course):
    text = course.cassette("plain").read_text()

    assert list(yaml.safe_load(text))[:3] == ["cassette", "title", "source"]
    assert "authorization" not in text.lower()
    assert "127.0.0.1" not in text
