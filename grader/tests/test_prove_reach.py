"""Which checks does a proof run? Those that can end otherwise, and all of them where that cannot be known."""

from __future__ import annotations

import pytest

from grader.prove import extras, matrix, reach, runs, survivors
from grader.prove.rows import Row
from grader.tests.prove_support import add_wrong, put, recorded

READS, REFUSES = "test_reads_the_number", "test_refuses_a_reply_without_an_answer"
ANSWERS, SENDS = "test_answers_with_what_the_model_said", "test_sends_the_bad_reply_back"


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def run(course):
    """The Reach that a session of the reference gives."""
    [run] = runs.run_all([runs.Variant(course, "reference", course.key, ("--solution",))])
    return run.reach


def changed(course, text):
    file = course.root / "over.py"
    put(file, text)
    return reach.over(course, file)


def added(course, reference="", test=""):
    put(course.reference, course.reference.read_text() + reference)
    put(course.test_file, course.test_file.read_text() + test)


def test_the_functions_that_each_check_ran_are_known(course):
    both = frozenset({"number", "solve"})

    assert run(course).ran == {READS: {"number"}, REFUSES: {"number"}, ANSWERS: both, SENDS: both}


def test_a_function_that_runs_in_a_thread_is_seen(course):
    added(course, test='''

@pytest.mark.task(1)
def test_reads_it_elsewhere():
    """A thread reads it."""
    from threading import Thread

    found = []
    thread = Thread(target=lambda: found.append(number('{"answer": 7}')))
    thread.start()
    thread.join()
    assert found == [7]
''')  # fmt: skip

    assert run(course).ran["test_reads_it_elsewhere"] == {"number"}


def test_a_check_that_starts_a_process_is_always_run(course):
    added(course, test='''

@pytest.mark.task(1)
def test_reads_it_in_a_process():
    """Another process reads it."""
    import subprocess
    import sys

    assert subprocess.run([sys.executable, "-c", "print(7)"], capture_output=True).stdout
''')  # fmt: skip

    found = run(course)

    assert found.ran["test_reads_it_in_a_process"] is None
    assert set(found.checks({"solve"})) == {ANSWERS, SENDS, "test_reads_it_in_a_process"}


def test_a_wrong_solution_runs_the_checks_that_it_can_fail(course):
    [proof] = matrix.prove([course])
    rows = {row.name: row for row in proof.rows}

    assert set(rows["forgets_the_reply"].states) == {ANSWERS, SENDS}
    assert rows["forgets_the_reply"].unmoved == (READS, REFUSES)
    assert rows["forgets_the_reply"].state(READS) == "passed"
    assert set(rows["no_refusal"].states) == set(proof.checks)
    assert rows["no_refusal"].unmoved == ()


def test_a_check_that_is_left_out_may_have_been_blocked_and_no_more(course):
    def proof(states, unmoved=()):
        found = matrix.Proof(course)
        found.rows = [Row("wrong", "one", states, 0.0, unmoved=unmoved)]
        return found

    out = proof({}, (READS,))

    assert extras.differences(out, proof({READS: "blocked"})) == []
    assert extras.differences(proof({READS: "passed"}), out) == []
    assert extras.differences(out, proof({READS: "failed"})) == [
        f"wrong one: {READS} was passed and is failed."
    ]
    assert extras.differences(proof({READS: "passed"}), proof({READS: "blocked"})) != []


def test_nothing_is_left_out_of_a_whole_proof_and_it_ends_the_same(course):
    [chosen] = matrix.prove([course])
    [whole] = matrix.prove([course], whole=True)

    assert all(set(row.states) == set(whole.checks) for row in whole.rows)
    for before, after in zip(chosen.rows, whole.rows, strict=True):
        assert {name: before.state(name) for name in whole.checks} == after.states


def test_a_declared_check_that_runs_nothing_of_the_change_is_told(course):
    add_wrong(course, "too_far", [READS], 1, "def solve(question):\n    return 3")

    [proof] = matrix.prove([course])

    [problem] = next(row for row in proof.rows if row.name == "too_far").problems
    assert problem == f"{READS} did not run: it is no check, or it runs nothing that the file changes."


def test_a_function_changes_itself_alone(course):
    assert changed(course, "def number(text):\n    return 1") == {"number"}


def test_a_constant_a_class_or_an_import_changes_who_mentions_it(course):
    added(course, "\n\nTRIES = 3\n\n\ndef often():\n    return TRIES\n")

    assert changed(course, "TRIES = 1") == {"TRIES", "often"}
    assert changed(course, "import yaml as json") == {"json", "number"}


def test_a_function_that_remembers_changes_who_calls_it(course):
    cached = "\n\n@cache\ndef once():\n    return 1\n\n\ndef user():\n    return once()\n"
    added(course, cached + "\n\ndef beside():\n    return user()\n")

    assert changed(course, "def once():\n    return 2") == {"once", "user"}


def test_what_a_check_reads_itself_may_change_all(course):
    added(course, "\n\nTRIES = 3\n", "\nfrom tiny import TRIES\n")

    assert changed(course, "TRIES = 1") is None


@pytest.mark.parametrize(
    "text",
    [
        "import json\njson.loads = print",
        "import json\njson.x[1], y = 1, 2",
        "if True:\n    TRIES = 1",
        "print()",
    ],
)
def test_what_does_more_than_to_bind_names_may_change_all(course, text):
    assert changed(course, text) is None


def test_what_says_nothing_new_changes_nothing(course):
    text = '"""Wrong."""\n\nfrom __future__ import annotations\n\nimport json\n\nCAUGHT_BY = []\nHINT = 1\n'

    assert changed(course, text) == set()


def test_a_change_that_nobody_runs_is_for_all_checks(course):
    found = run(course)

    assert found.checks({"nobody"}) is None
    assert found.checks(None) is None


def test_a_fault_changes_the_function_of_its_line(course):
    lines = course.reference.read_text().splitlines()

    assert reach.at_line(course, lines.index("    found = json.loads(text)") + 1) == {"number"}
    assert reach.at_line(course, 2) is None


def test_mutants_that_run_fewer_checks_survive_alike(course):
    [whole] = survivors.mutate([course])
    [chosen] = survivors.mutate([course], reaches={course.key: run(course)})

    assert [str(mutant) for mutant in chosen.survivors] == [str(mutant) for mutant in whole.survivors]
