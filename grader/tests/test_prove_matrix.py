"""The proof matrix: what holds is said to hold, and each way in which it may not is found and named."""

from __future__ import annotations

import argparse
import json

import pytest

from grader.prove import matrix, runs, show
from grader.tests.prove_support import CHAPTER, add_wrong, put, recorded


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def proved(module):
    [proof] = matrix.prove([module])
    return proof


def row(proof, name):
    return next(r for r in proof.rows if name in (r.name, r.kind))


def test_a_sound_module_is_proved(course):
    proof = proved(course)

    assert proof.ok, show.matrix(proof)
    assert [r.label for r in proof.rows] == [
        "reference", "starter", "wrong first_digit", "wrong forgets_the_reply", "wrong no_refusal",
    ]  # fmt: skip
    assert set(row(proof, "reference").states.values()) == {"passed"}
    assert set(row(proof, "starter").states.values()) <= {"not_started", "blocked"}
    assert proof.caught()["test_sends_the_bad_reply_back"] >= 1


def test_a_reference_that_fails_is_named_with_its_check(course):
    put(course.reference, course.reference.read_text().replace("return int(", "return 1 + int("))

    [problem] = [p for p in row(proved(course), "reference").problems if "reads_the_number" in p]

    assert problem.startswith("test_reads_the_number ended as `failed`")


def test_a_recorded_step_that_no_check_plays_is_named(course):
    text = course.cassette("corrected").read_text()
    extra = text[text.index("- step: 2") :].replace("- step: 2", "- step: 3")
    put(course.cassette("corrected"), text + extra)

    [problem] = row(proved(course), "reference").problems

    assert problem.startswith("no check plays step 3 of corrected")


def test_a_check_that_passes_on_the_starter_proves_nothing(course):
    added = "\n\n@pytest.mark.task(1)\ndef test_nothing():\n    '''It is so.'''\n    assert True\n"
    put(course.test_file, course.test_file.read_text() + added)

    [problem] = row(proved(course), "starter").problems

    assert problem.startswith("test_nothing passes although nothing is written yet")


def test_a_need_that_the_mark_leaves_out_is_named(course):
    put(course.test_file, course.test_file.read_text().replace("task(2, needs=[1])", "task(2)"))
    put(course.starter, course.starter.read_text().replace("Task 2", "Task 1"))

    problems = row(proved(course), "starter").problems

    assert all("reached task 1 first" in problem for problem in problems)
    assert len(problems) == 2


def test_a_wrong_solution_that_slips_through_is_named_with_its_check(course):
    add_wrong(course, "harmless", ["test_reads_the_number"], 1, "unused = 1")

    assert row(proved(course), "harmless").problems == ["test_reads_the_number should fail, and it passed."]


def test_a_wrong_solution_that_does_not_parse_is_no_catch(course):
    add_wrong(course, "typo", ["test_reads_the_number"], 1, "def number(:")

    [problem] = row(proved(course), "typo").problems

    assert problem == "it does not parse: invalid syntax in line 7."


def test_the_hint_that_the_summary_recommends_must_be_the_declared_one(course):
    add_wrong(course, "one_off", ["test_reads_the_number"], 2, "def number(text):\n    return 1")

    [problem] = row(proved(course), "one_off").problems

    assert problem.startswith("the summary recommends the hint of task 1, because test_reads_the_number")
    assert problem.endswith("HINT is 2.")


def test_a_session_that_ends_the_process_has_not_passed(course):
    add_wrong(course, "leaves", ["test_reads_the_number"], 1, "import os\nos._exit(0)")

    [problem] = row(proved(course), "leaves").problems

    assert problem.startswith("no check ran (exit code 0)")


def test_a_missing_recording_is_the_graders_error(course):
    course.cassette("plain").unlink()

    problems = row(proved(course), "reference").problems

    assert any("ended in an error of the grader" in problem for problem in problems)


def test_what_breaks_the_reference_is_said_once(course):
    course.cassette("plain").unlink()

    told = " ".join(show.matrix(proved(course)).split())

    assert told.count("ended in an error of the grader") == 1


def test_a_session_that_hangs_is_ended(course):
    file = course.root / "hangs.py"
    put(file, "import time\ntime.sleep(60)")
    variant = runs.Variant(course, "wrong", "hangs", (f"--overlay={file}", "--limit=50"))

    [run] = runs.run_all([variant], patience=2)

    assert run.outcome is None
    assert "stopped after" in run.output
    assert run.seconds < 20


def test_without_fork_the_states_are_the_same(course, monkeypatch):
    forked = {v.name: v for v in matrix.variants(course)[:3]}
    before = {run.variant.name: run.states for run in runs.run_all(list(forked.values()))}
    monkeypatch.setattr(runs, "FORKS", False)

    assert {run.variant.name: run.states for run in runs.run_all(list(forked.values()))} == before


def test_a_proof_leaves_the_learners_progress_alone(course):
    proved(course)

    assert not (course.root / ".grader").exists()


def test_the_table_fits_into_80_columns(course):
    add_wrong(
        course, "a_name_that_is_much_longer_than_the_column", ["test_reads_the_number"], 1, "unused = 1"
    )

    table = show.matrix(proved(course))

    assert max(map(len, table.splitlines())) <= 80
    assert "NO" in table
    assert "! wrong a_name_that_is_much_longer_than_the_column: test_reads_the_number should" in table


def command(course, monkeypatch, *words):
    monkeypatch.setattr(matrix, "modules", lambda: [course])
    monkeypatch.setattr(matrix, "module", lambda name: course)
    parser = argparse.ArgumentParser()
    matrix.add_arguments(parser)
    return matrix.run(parser.parse_args(list(words)))


def test_the_command_fails_and_says_what_is_missing(course, monkeypatch, capsys):
    assert command(course, monkeypatch) == 1

    printed = capsys.readouterr().out
    assert "all ended as declared" in printed
    assert "solutions/42_tiny/wrong: there are 3 wrong solutions, and 8 are needed." in printed


def test_nothing_else_is_tried_while_the_reference_fails(course, monkeypatch, capsys):
    course.cassette("plain").unlink()

    assert command(course, monkeypatch, "--mutants", "--scramble") == 1

    printed = capsys.readouterr().out
    assert "The reference does not pass, so nothing else was tried" in " ".join(printed.split())
    assert "mutants" not in printed


def test_the_command_passes_when_nothing_is_missing(course, monkeypatch, capsys):
    for n in range(5):
        add_wrong(course, f"more_{n}", ["test_reads_the_number"], 1, f"def number(text):\n    return {n}")
    put(course.chapter, CHAPTER)

    assert command(course, monkeypatch, "--json") == 0

    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is True
    assert said["findings"] == []
    assert len(said["results"][0]["rows"]) == 10
