"""What a submission's process says about an error becomes an exception that may be raised here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from grader.contract.plain import NotPlain
from grader.grade.protocol import Violation
from grader.grade.raising import SubmissionError, SubmissionGone, broken, place, revive
from grader.verdict.network import NetworkBlocked


class Limit(ValueError):
    """An exception of a reference, whose `__init__` takes something else than its message."""

    def __init__(self, steps: int) -> None:
        super().__init__(f"{steps} steps")
        self.steps = steps


TRUSTED = {"Limit": Limit, "limit": 8, "Base": BaseException, "Path": Path}


def words(*names: str, **fields: Any) -> dict[str, Any]:
    """A description of an error whose class and bases have these names."""
    return {"names": [*names], "text": "no", "args": ["no"], "vars": {}, "place": None, "asked": 0, **fields}


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["Limit", "ValueError"], Limit),
        (["StricterLimit", "Limit"], Limit),
        (["KeyError", "LookupError"], KeyError),
        (["ValidationError", "ValueError"], ValueError),
        (["RateLimitError", "APIError"], openai.RateLimitError),
        (["ReadTimeout", "TransportError"], httpx2.ReadTimeout),
        (["NotPlain", "TypeError"], NotPlain),
        (["OSError"], OSError),
        (["ExceptionGroup", "Exception"], SubmissionError),
        (["Mine", "Exception", "BaseException"], SubmissionError),
    ],
)
def test_the_nearest_class_that_is_known_is_raised(names: list[str], kind: type[Exception]) -> None:
    """Under the name that the submission gave it, with its message and its attributes."""
    error = revive(words(*names, vars={"steps": 3}), TRUSTED)

    assert isinstance(error, kind)
    assert type(error).__name__ == names[0]
    assert str(error) in ("no", "'no'")
    assert kind is SubmissionError or error.steps == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "name",
    ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "BaseException", "BaseExceptionGroup", "Skipped",
     "Failed", "Exit", "XFailed", "CancelledError", "StopIteration", "StopAsyncIteration", "Miss", "TimeUp",
     "MissingName", "BrokenModule", "SubmissionGone", "Base", "Path", "limit", "eval", "type", "__import__",
     "", "a b", "1"],
)  # fmt: skip
def test_nothing_else_can_be_raised(name: str) -> None:
    """Neither what ends or skips a check, nor what is no exception of a course."""
    error = revive(words(name, "BaseException"), TRUSTED)

    assert isinstance(error, SubmissionError)
    assert str(error) == "no"


def test_the_network_is_told_as_in_one_process() -> None:
    """Its own class, which no `except Exception` of a test takes."""
    error = revive(words("NetworkBlocked", "BaseException", vars={"host": "example.org"}), TRUSTED)

    assert isinstance(error, NetworkBlocked)
    assert error.host == "example.org"


def test_no_test_can_expect_the_loss_of_a_process() -> None:
    """`pytest.raises(Exception)` would turn a crash into a pass."""
    assert not issubclass(SubmissionGone, Exception)


@pytest.mark.parametrize(
    "told",
    [
        {},
        words("KeyError") | {"more": 1},
        words("KeyError") | {"args": "no"},
        words("KeyError") | {"names": [1]},
        words("KeyError") | {"asked": True},
        words("KeyError") | {"text": None},
        words("KeyError") | {"vars": []},
    ],
    ids=str,
)
def test_malformed_words_break_the_protocol(told: dict[str, Any]) -> None:
    """Exactly the fields that there are, with exactly their types."""
    with pytest.raises(Violation):
        revive(told, TRUSTED)


def test_attributes_cannot_disarm_the_exception() -> None:
    """What looks like a part of every exception is left out."""
    told = {"__class__": 1, "__notes__": 2, "args": [1], "with_traceback": 3, "add_note": 4, "steps": 5}
    error = revive(words("Limit", vars=told), TRUSTED)

    assert isinstance(error, Limit)
    assert vars(error) == {"steps": 5}
    assert str(error.with_traceback(None)) == "no"


@pytest.mark.parametrize(
    "said",
    [None, [], ["cot.py"], ["cot.py", 0], ["cot.py", 3], ["cot.py", True], ["../secret.py", 1],
     ["/etc/passwd", 1], [1, 1]],
    ids=str,
)  # fmt: skip
def test_a_place_is_a_line_of_the_submission(tmp_path: Path, said: Any) -> None:
    """Everything else is no place."""
    (tmp_path / "secret.py").write_text("x\n")
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "cot.py").write_text("one\n  two\n")

    assert place(said, tmp_path / "ada", Path("/shown")) is None
    assert place(["cot.py", 2], tmp_path / "ada", Path("/shown")) == (Path("/shown/cot.py"), 2, "two")


def test_why_a_file_did_not_load(tmp_path: Path) -> None:
    """With its line if it has one; an unknown kind is a plain one."""
    told = {"kind": "syntax", "file": "cot.py", "problem": "no", "remedy": "yes", "line": 1}
    (tmp_path / "cot.py").write_text("x = = 1\n")

    assert broken(told, tmp_path, Path("/shown"), "cot").line == 1
    assert broken(told | {"kind": "passed", "line": 99}, tmp_path, Path("/shown"), "cot").kind == "raised"
    assert broken(told | {"line": 99}, tmp_path, Path("/shown"), "cot").line is None
    with pytest.raises(Violation):
        broken(told | {"line": "1"}, tmp_path, Path("/shown"), "cot")
