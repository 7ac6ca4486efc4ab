"""What a test gets from `from demo import ...`: reduced results, noted calls, stand-ins for missing names."""

from __future__ import annotations

import asyncio
import functools
import inspect
from dataclasses import dataclass
from pathlib import Path

import pytest

from grader.contract.facade import Facade
from grader.contract.missing import BrokenModule, MissingName
from grader.contract.plain import NotPlain
from grader.contract.sides import Side, Source
from grader.course import Module


@dataclass
class Item:
    n: int


class StepLimit(Exception):
    """Too many steps."""


def facade(names, tmp_path=Path("nowhere"), broken=None):
    module = Module("42_demo", tmp_path)
    return Facade(Source(module, Side(), module.starter, names, broken))


def test_a_result_is_reduced_and_the_call_noted():
    """`double(2)` gives plain data, and the words for it are kept."""
    demo = facade({"double": lambda n, *, by=2: Item(n * by)})

    assert demo.double(2, by=3) == {"n": 6}
    (entry,) = demo.calls
    assert entry.words() == "double(2, by=3)"
    assert (entry.state, entry.value) == ("returned", {"n": 6})


def test_a_large_argument_is_shown_short():
    """What was called fits in two lines; a callable is shown by its name."""
    demo = facade({"solve": lambda *args, **options: None})

    demo.solve({"faq": ["a long answer"] * 99, "handbook": {"a": "b" * 99}}, sleep=print)

    words = demo.calls[0].words()
    assert words.startswith("solve({'faq': ['a long answer', ")
    assert words.endswith("..., sleep=<print>)")
    assert len(words) < 120


def test_the_same_name_is_the_same_function():
    """Two imports of one name give one function."""
    demo = facade({"double": lambda n: n})

    assert demo.double is demo.double


def test_what_is_raised_passes_and_is_noted():
    """An exception of the learner's own class reaches the test as it is."""

    def stop():
        raise StepLimit("5")

    demo = facade({"stop": stop, "StepLimit": StepLimit})
    with pytest.raises(demo.StepLimit):
        demo.stop()

    assert isinstance(demo.calls[0].error, StepLimit)


def test_an_unplain_result_is_refused_by_name():
    """The message says which function gave it."""
    demo = facade({"make": object})
    assert demo.make is object  # a class is a class

    demo = facade({"make": lambda: {"a": object()}})
    with pytest.raises(NotPlain, match=r"make\(\)\['a'\]"):
        demo.make()
    assert isinstance(demo.refused(), NotPlain)


def test_async_functions_stay_async():
    """A test awaits what the learner declared with `async def`."""

    async def double(n):
        await asyncio.sleep(0)
        return Item(n * 2)

    demo = facade({"double": double})

    assert inspect.iscoroutinefunction(demo.double)
    assert asyncio.run(demo.double(2)) == {"n": 4}
    assert demo.calls[0].state == "returned"


def test_a_coroutine_from_a_plain_function_is_awaited_too():
    """A decorated function may return a coroutine without being declared async."""

    async def double(n):
        return Item(n * 2)

    demo = facade({"double": lambda n: double(n)})

    assert asyncio.run(demo.double(2)) == {"n": 4}


def test_generators_give_reduced_items_and_close():
    """Closing the test's generator closes the learner's."""
    closed = []

    def items():
        try:
            yield Item(0)
            yield Item(1)
        finally:
            closed.append(True)

    demo = facade({"items": items})
    assert list(demo.items()) == [{"n": 0}, {"n": 1}]

    closed.clear()
    some = demo.items()
    assert next(some) == {"n": 0}
    some.close()
    assert closed


def test_async_generators_give_reduced_items_and_close():
    """`aclose()` reaches the learner's generator, as a client that leaves would."""
    closed = []

    async def items():
        try:
            for n in range(9):
                yield Item(n)
        finally:
            closed.append(True)

    async def visit():
        some = demo.items()
        first = await anext(some)
        await some.aclose()
        return first, list(closed)  # here, because the end of the loop closes what is left anyway

    demo = facade({"items": items})

    assert asyncio.run(visit()) == ({"n": 0}, [True])
    assert demo.calls[0].value == [{"n": 0}]


def test_an_item_that_is_not_plain_is_named_by_its_number():
    """The second item is the second item."""
    demo = facade({"items": lambda: iter([1, object()])})

    with pytest.raises(NotPlain, match=r"item 2 of items\(\)"):
        list(demo.items())


def test_what_cannot_cross_as_data_passes_untouched():
    """Classes, apps and functions that a learner returns stay as they are; constants are reduced."""

    class App:
        async def __call__(self, scope, receive, send): ...

    app = App()
    made = functools.partial(print)
    demo = facade({"app": app, "create": lambda: made, "StepLimit": StepLimit, "LABELS": ("a", "b")})

    assert demo.app is app
    assert demo.create() is made
    assert demo.StepLimit is StepLimit
    assert demo.LABELS == ["a", "b"]


def test_cached_and_partial_functions_are_functions_too():
    """A result is reduced however the function was decorated."""
    cached = functools.cache(lambda n: Item(n))
    demo = facade({"cached": cached, "part": functools.partial(cached, 3)})

    assert demo.cached(2) == {"n": 2}
    assert demo.part() == {"n": 3}


def test_a_missing_name_can_be_imported_but_not_used(tmp_path):
    """Collection succeeds; the use says how the course declares the name."""
    Module("42_demo", tmp_path).solution.mkdir(parents=True)
    Module("42_demo", tmp_path).reference.write_text(
        "async def solve(q: str, *, n: int = 3) -> dict:\n    return {}\n"
    )
    demo = facade({}, tmp_path)

    with pytest.raises(MissingName) as error:
        demo.solve("q")
    assert error.value.declared == "async def solve(q: str, *, n: int=3) -> dict"
    assert str(error.value) == "demo.py has no 'solve'."


def test_a_missing_exception_can_stand_in_pytest_raises():
    """`pytest.raises(Missing)` must not fail with a TypeError of its own."""
    demo = facade({})

    with pytest.raises(ValueError, match="x"), pytest.raises(demo.StepLimit):
        raise ValueError("x")


def test_every_name_of_a_broken_module_tells_what_broke_it():
    """No check of a file with a syntax error speaks of anything else."""
    demo = facade({}, broken=BrokenModule("syntax", Path("demo.py"), "invalid syntax", "Correct it.", 3))

    with pytest.raises(BrokenModule, match="invalid syntax"):
        demo.anything()


def test_an_unfinished_task_is_not_a_runtime_error_to_expect():
    """NotImplementedError is a RuntimeError: a check that waits for one must not pass on an empty starter."""

    def solve():
        raise NotImplementedError("Task 2: solve it")

    demo = facade({"solve": solve})
    with pytest.raises(RuntimeError):
        demo.solve()

    assert isinstance(demo.refused(), NotImplementedError)
