"""Both grading modes agree on the reference, the starter, and everything known to be right or wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.course import Module, module, modules
from grader.tests.grade_support import submission, verdict

COT = module("04_cot")
ALTERNATIVES = sorted((Path(__file__).with_name("alternatives") / COT.key).glob("*.py"))
# A submission gets copies of what a check hands it: the check that looks for a change sees none there.
UNSEEN = {"mistake_stays_in_the_history": "test_the_corrected_step_comes_without_the_mistake"}
# Every third misconception shows every way to fail, to block and to run out of time; each costs two sessions.
CASES = {"reference": COT.reference, "starter": COT.starter} | {
    p.stem: p
    for p in [*COT.wrong, *ALTERNATIVES]
    if p not in COT.wrong[1::3] + COT.wrong[2::3] or p.stem in UNSEEN
}


def whole(course: Module, path: Path) -> str:
    """A file that stands on its own: what lies over the reference comes after it."""
    text = path.read_text(encoding="utf-8")
    if path not in course.wrong:
        return text
    over = [line for line in text.splitlines() if not line.startswith("from __future__")]
    return course.reference.read_text(encoding="utf-8") + "\n" + "\n".join(over) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_both_modes_agree(name: str, tmp_path: Path) -> None:
    """State and kind of every check; what is right gets full marks however it is built."""
    path = CASES[name]
    handed_in = submission(tmp_path / name, whole(COT, path), f"{COT.slug}.py")
    side = f"--overlay={path}" if path in COT.wrong else f"--file={handed_in / COT.starter.name}"
    together = verdict([str(COT.exercise), side], tmp_path / "together.json")
    apart = verdict([str(COT.exercise), f"--submission={handed_in}"], tmp_path / "apart.json")

    assert len(together) > 40
    right = path == COT.reference or path in ALTERNATIVES
    assert right == ({state for state, _ in apart.values()} == {"passed"})
    if name in UNSEEN:
        assert (together[UNSEEN[name]][0], apart[UNSEEN[name]][0]) == ("failed", "passed")
        # What it blocks in one mode runs in the other; every check that runs in both agrees.
        both = [check for check in together if "blocked" not in (together[check][0], apart[check][0])]
        both.remove(UNSEEN[name])
        assert len(both) > 40
        apart, together = ({check: found[check] for check in both} for found in (apart, together))
    assert apart == together


@pytest.mark.parametrize(
    "key", [known.key for known in modules() if known != COT and known.reference.is_file()]
)
def test_every_reference_agrees_with_itself(key: str, tmp_path: Path) -> None:
    """The pipe serves what the other modules use: callables, files, clients of other providers."""
    known = module(key)
    together = verdict([str(known.exercise), "--solution"], tmp_path / "together.json")
    apart = verdict([str(known.exercise), f"--submission={known.solution}"], tmp_path / "apart.json")

    assert together
    assert apart == together


def test_there_are_other_right_solutions() -> None:
    """Full marks for the reference alone would prove little."""
    assert len(ALTERNATIVES) >= 3
    assert len(COT.wrong) >= 8
