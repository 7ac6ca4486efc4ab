"""Mutants: small faults, always the same ones, and none that nobody could notice by reading the wire."""

from __future__ import annotations

import ast

import pytest

from grader.prove import survivors
from grader.prove.mutants import mutants, sample
from grader.tests.prove_support import put, recorded

SOURCE = '''
"""Module."""
LIMIT = 8


class Box:
    size: int = 3

    def fits(self, n: int) -> "bool":
        """Whether n fits."""
        if n <= self.size and not n == 0:
            return True
        raise ValueError(f"{n} is too much")


def ask(messages):
    for n in range(3):
        n += 1
        continue
    print("A prompt in words.", {"role": "user"})
    return n - 1


if __name__ == "__main__":
    ask(LIMIT + 1)
'''


def told(source):
    return [(mutant.kind, mutant.before, mutant.after) for mutant in mutants(source)]


@pytest.mark.parametrize(
    "fault",
    [
        ("negate the comparison", "n <= self.size", "n > self.size"),
        ("shift the bound", "n <= self.size", "n < self.size"),
        ("swap and/or", "n <= self.size and (not n == 0)", "n <= self.size or not n == 0"),
        ("drop the not", "not n == 0", "n == 0"),
        ("change a constant", "True", "False"),
        ("change a constant", "8", "9"),
        ("change a constant", "'user'", "'user_'"),
        ("drop the statement", "raise ValueError(f'{n} is too much')", "(nothing)"),
        ("drop the statement", "continue", "(nothing)"),
        ("drop the statement", "n += 1", "(nothing)"),
        ("return nothing", "return n - 1", "return None"),
        ("change the sign", "n - 1", "n + 1"),
    ],
    ids=lambda fault: f"{fault[0]}: {fault[1]}",
)
def test_makes_the_usual_slips(fault):
    assert fault in told(SOURCE)


def test_leaves_prose_annotations_and_the_main_block_alone():
    touched = " ".join(before for _, before, _ in told(SOURCE))

    assert "A prompt in words." in SOURCE
    assert "'A prompt in words.'" not in [before for _, before, _ in told(SOURCE)]
    assert "bool" not in touched
    assert "LIMIT + 1" not in touched


def test_each_mutant_is_the_module_with_one_change():
    whole = ast.unparse(ast.parse(SOURCE)).splitlines()

    for mutant in mutants(SOURCE):
        other = mutant.source.rstrip("\n").splitlines()
        ast.parse(mutant.source)
        assert other != whole, str(mutant)
        assert abs(len(other) - len(whole)) <= 1, str(mutant)


def test_the_line_is_the_references():
    assert {m.line for m in mutants(SOURCE) if m.before == "n += 1"} == {18}


def test_a_sample_is_drawn_by_its_seed():
    every = mutants(SOURCE)

    assert sample(every, 5, seed=1) == sample(mutants(SOURCE), 5, seed=1)
    assert sample(every, 5, seed=1) != sample(every, 5, seed=2)
    assert sample(every, None) == every


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


def test_survivors_are_listed_with_their_lines(course):
    [found] = survivors.mutate([course])

    assert found.ran == found.possible == len(mutants(course.reference.read_text()))
    assert 25 < found.rate < 100
    assert any("change a constant: `50` -> `51`" in str(mutant) for mutant in found.survivors)
    assert "  survives: line " in found.words()


def test_a_check_less_is_a_lower_rate(course):
    [before] = survivors.mutate([course])
    text = course.test_file.read_text()
    put(course.test_file, text[: text.index("@pytest.mark.task(2, needs=[1])")])

    [after] = survivors.mutate([course])

    assert after.rate < before.rate


def test_too_low_a_rate_fails_only_when_one_is_asked_for(course):
    [free] = survivors.mutate([course], most=6)
    [asked] = survivors.mutate([course], most=6, least=100.1)

    assert free.ok
    assert not asked.ok
    assert "At least 100.1 % are asked for" in asked.words()


def test_a_mutant_that_loops_is_noticed(course):
    put(course.reference, course.reference.read_text().replace("range(2)", "iter(lambda: 0, 1)"))
    looping = "for _ in iter(lambda: 0, 1)"
    assert looping in course.reference.read_text()
    put(
        course.cassette("corrected"),
        course.cassette("corrected").read_text().replace("repeat: once", "repeat: any"),
    )

    [found] = survivors.mutate([course], most=4)

    assert found.ran == 4
