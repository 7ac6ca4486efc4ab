"""`grader new`: a module is folders and files, and what is still missing is said from the first minute."""

from __future__ import annotations

import argparse

import pytest

from grader.learn import new
from grader.learn.new import BadName, make
from grader.prove import matrix
from grader.prove.lint import lint
from grader.prove.show import matrix as shown
from grader.record.recorder import record
from grader.record.takes import Source
from grader.tests.prove_support import PYTEST, put, snapshot, tiny


@pytest.fixture
def root(tmp_path):
    put(tmp_path / "pyproject.toml", PYTEST[0])
    return tmp_path


def test_a_fresh_module_has_its_files_in_all_places(root):
    module = make("43_answer", root)

    assert sorted(snapshot(root)) == [
        "course/43_answer.md",
        "exercises/43_answer/answer.py",
        "exercises/43_answer/hints.md",
        "exercises/43_answer/test_answer.py",
        "pyproject.toml",
        "solutions/43_answer/answer.py",
        "solutions/43_answer/script.yaml",
        "solutions/43_answer/wrong/.gitkeep",
    ]
    assert module.title == "Answer"


def test_the_lint_says_exactly_what_is_missing(root):
    found = {finding.where.partition(":")[0]: str(finding) for finding in lint(make("43_answer", root))}

    assert set(found) == {
        "cassettes/43_answer", "course/43_answer.md", "exercises/43_answer/answer.py",
        "exercises/43_answer/hints.md", "exercises/43_answer/test_answer.py", "solutions/43_answer/answer.py",
        "solutions/43_answer/script.yaml", "solutions/43_answer/wrong",
    }  # fmt: skip
    assert "there are 0 wrong solutions, and 8 are needed" in found["solutions/43_answer/wrong"]
    assert "Run `grader record 43_answer`" in found["cassettes/43_answer"]


def test_the_proof_says_that_the_reference_is_unfinished(root):
    [proof] = matrix.prove([make("43_answer", root)])

    assert not proof.ok
    reference, starter = proof.rows
    assert "test_answers_with_what_the_model_said" in reference.problems[0]
    assert "! reference: test_answers_with_what_the_model_said" in shown(proof)
    assert starter.kind == "starter"


def test_a_reference_and_a_recording_later_the_proof_holds(root):
    module = make("43_answer", root)
    body = """    messages = [{"role": "user", "content": question}]
    reply = OpenAI().chat.completions.create(model=model("fast"), messages=messages, max_completion_tokens=50)
    return str(reply.choices[0].message.content)
"""
    starter = module.starter.read_text()
    module.reference.write_text(starter[: starter.index("    raise")] + body)

    record(module, Source())
    [proof] = matrix.prove([module])

    assert proof.ok, shown(proof)


@pytest.mark.parametrize(
    "name", ["answer", "4_answer", "42-answer", "42_Answer", "42_", "42_class", "../42_answer"]
)
def test_a_bad_name_is_refused_with_the_rule(root, name):
    with pytest.raises(BadName, match="cannot be a module's name"):
        make(name, root)

    assert list(snapshot(root)) == ["pyproject.toml"]


@pytest.mark.parametrize("name", ["43_json", "43_openai", "43_grader"])
def test_a_name_that_hides_another_module_is_refused(root, name):
    with pytest.raises(BadName, match="imports already"):
        make(name, root)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("42_tiny", "has the number 42 already"),
        ("42_other", "has the number 42"),
        ("43_tiny", "the name 'tiny'"),
    ],
)
def test_a_module_that_exists_is_left_alone(root, name, said):
    tiny(root)
    before = snapshot(root)

    with pytest.raises(BadName, match=said):
        make(name, root)

    assert snapshot(root) == before


def test_a_chapter_without_a_module_is_left_alone(root):
    put(root / "course" / "43_answer.md", "# 43 · A chapter that somebody began")

    with pytest.raises(BadName, match=r"course/43_answer\.md exists already"):
        make("43_answer", root)


def test_the_command_names_the_files_and_the_next_step(root, monkeypatch, capsys):
    monkeypatch.setattr(new, "ROOT", root)
    monkeypatch.setattr(new, "make", lambda key: make(key, root))
    parser = argparse.ArgumentParser()
    new.add_arguments(parser)

    assert new.run(parser.parse_args(["43_answer"])) == 0
    assert new.run(parser.parse_args(["43_answer"])) == 2

    out, err = capsys.readouterr()
    assert "exercises/43_answer/answer.py" in out
    assert "grader prove 43_answer" in out
    assert "43_answer has the number 43 already" in err
