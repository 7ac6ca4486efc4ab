"""Which source is loaded for each side, and that no other side slips in."""

from __future__ import annotations

import sys

import pytest

from grader.contract.facade import Facade
from grader.contract.loading import install
from grader.contract.sides import Finder, Side, WrongSide, chosen, load
from grader.course import Module

REFERENCE = """
from dataclasses import dataclass

LIMIT = 3

@dataclass
class Step:
    number: int

def limit():
    return LIMIT

def step() -> Step:
    return Step(limit())
"""


@pytest.fixture
def module(tmp_path):
    found = Module("42_demo", tmp_path)
    found.exercise.mkdir(parents=True)
    found.solution.mkdir(parents=True)
    found.starter.write_text("def limit():\n    return 'learner'\n")
    found.reference.write_text(REFERENCE)
    return found


@pytest.fixture
def finder():
    made = []

    def make(side):
        made.append(Finder(side))
        return made[-1]

    yield make
    for one in made:
        one.close()


def imported(finder, module):
    """What `import demo` gives while `module` is graded."""
    finder.add(module)
    import demo  # type: ignore[import-not-found]

    return demo


def test_the_learners_file_is_the_default(module, finder):
    """Without an option it is exercises/."""
    assert imported(finder(chosen()), module).limit() == "learner"


def test_the_solution_is_the_reference(module, finder):
    """`--solution` loads solutions/, and types resolve there."""
    demo = imported(finder(chosen(solution=True)), module)

    assert demo.step() == {"number": 3}
    assert sys.modules["solutions.demo"].Step.__module__ == "solutions.demo"


def test_an_overlay_changes_the_reference_from_inside(module, finder, tmp_path):
    """What the file redefines takes effect in the reference's own functions."""
    wrong = tmp_path / "wrong.py"
    wrong.write_text('"""One step too many."""\ndef limit():\n    return LIMIT + 1\n')
    demo = imported(finder(chosen(overlay=str(wrong))), module)

    assert demo.step() == {"number": 4}
    assert demo.source.owns(wrong)


def test_a_file_of_its_own_can_be_graded(module, finder, tmp_path):
    """`--file` grades another complete solution."""
    other = tmp_path / "other.py"
    other.write_text("def limit():\n    return 'other'\n")

    assert imported(finder(chosen(file=str(other))), module).limit() == "other"


def test_two_sides_are_refused():
    """The message names both."""
    with pytest.raises(ValueError, match="--solution and --overlay exclude each other"):
        chosen(solution=True, overlay="x.py")


def test_a_package_takes_the_place_of_a_file(module, finder):
    """A module that outgrew one file is a folder with relative imports."""
    package = module.exercise / "demo"
    package.mkdir()
    (package / "__init__.py").write_text("from .parts import limit\n")
    (package / "parts.py").write_text("def limit():\n    return 'package'\n")

    assert imported(finder(Side()), module).limit() == "package"


def test_a_module_of_the_same_name_does_not_come_in_between(module, finder, monkeypatch, tmp_path):
    """Neither one that is loaded already nor one on the path."""
    (tmp_path / "demo.py").write_text("def limit():\n    return 'foreign'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import demo  # type: ignore[import-not-found]

    assert demo.limit() == "foreign"
    assert imported(finder(Side()), module).limit() == "learner"


def test_closing_forgets_everything(module, finder):
    """The next session in the same process loads the file afresh."""
    first = finder(Side())
    imported(first, module)
    first.close()
    module.starter.write_text("def limit():\n    return 'changed'\n")

    assert "demo" not in sys.modules
    assert imported(finder(Side()), module).limit() == "changed"


def test_the_guard_sees_a_module_of_the_other_side(module, finder, monkeypatch):
    """A learner's file that imports the reference is not the learner's work."""
    monkeypatch.syspath_prepend(str(module.solution.parent.parent))
    module.starter.write_text("import importlib\nx = importlib.import_module('solutions.42_demo.demo')\n")
    watch = finder(Side())
    imported(watch, module)

    with pytest.raises(WrongSide, match=r"learner side is graded, but .*solutions"):
        watch.guard()
    for name in [name for name in sys.modules if name.startswith("solutions")]:
        del sys.modules[name]


def test_the_guard_sees_a_facade_that_was_replaced(module, finder):
    """`sys.modules` is not the learner's to change."""
    watch = finder(Side())
    imported(watch, module)
    watch.guard()
    sys.modules["demo"] = sys

    with pytest.raises(WrongSide, match="import demo"):
        watch.guard()


@pytest.mark.parametrize(
    ("text", "kind", "line", "problem"),
    [
        ("def f(:\n", "syntax", 1, "SyntaxError"),
        ("x = 1\n\tif x:\n", "syntax", 2, "IndentationError"),
        ("import nonsense_package\n", "import", 1, "'nonsense_package' is not installed"),
        ("import os\nfrom os import nonsense\n", "import", 2, "cannot import name"),
        ("x = 1\ny = x['a']\n", "raised", 2, "TypeError"),
        ("def f():\n    raise ValueError('no')\n\nf()\n", "raised", 2, "ValueError: no"),
        ("import sys\nsys.exit(0)\n", "exit", 2, "ends the program"),
        ("def f():\n    raise NotImplementedError('Task 2: do it')\nf()\n", "task", 2, "Task 2: do it"),
    ],
)
def test_a_file_that_does_not_load_is_told_with_its_line(module, text, kind, line, problem):
    """Loading raises nothing: the trouble is kept for the words."""
    module.starter.write_text(text)

    broken = load(module, Side()).broken

    assert broken is not None
    assert (broken.kind, broken.line) == (kind, line)
    assert problem in broken.problem
    assert broken.file == module.starter


def test_an_absent_file_is_told(module):
    """Somebody moved it."""
    module.starter.unlink()

    broken = load(module, Side()).broken

    assert broken is not None
    assert (broken.kind, broken.problem) == ("absent", "demo.py is missing.")


def test_a_package_of_an_extra_is_told_with_its_command():
    """`pip install -e '.[fewshot]'` for chromadb; nothing for a package that the course does not know."""
    assert "pip install -e '.[fewshot]'" in str(install("chromadb"))
    assert "[dag]" in str(install("langgraph"))
    assert install("nonsense_package") is None


def test_a_facade_hides_nothing_private(module):
    """A check may read any name; dunder names are Python's own."""
    facade = Facade(load(module, Side("solution")))

    assert facade.LIMIT == 3
    assert facade.__name__ == "demo"
