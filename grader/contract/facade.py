"""What `from cot import solve` gives a test: the learner's names, reduced to plain data, every call noted."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from reprlib import Repr
from types import ModuleType
from typing import TYPE_CHECKING, Any

from grader.contract.missing import BrokenModule, MissingName, placeholder
from grader.contract.plain import NotPlain, plain

if TYPE_CHECKING:
    from grader.contract.sides import Source

WRAPPED = (type(lambda: 0), type(len), type("".join), functools.partial, type(functools.cache(len)))


@dataclass
class Entry:
    """One call that a test made into the learner's code. `state`: running, streaming, returned or raised."""

    name: str
    arguments: str
    file: str = ""
    line: int = 0
    state: str = "running"
    value: Any = None
    error: BaseException | None = None
    streamed: bool = False

    def words(self) -> str:
        """`solve('What is 15% of 240?', max_steps=3)`."""
        return f"{self.name}({self.arguments})"


class Facade(ModuleType):
    """A module object over a source of names; `calls` holds the entries of the current check."""

    def __init__(self, source: Source) -> None:
        super().__init__(source.module.slug, f"The graded side of {source.module.key}.")
        self.source = source
        self.calls: list[Entry] = []
        self._cache: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name not in self._cache:
            source = self.__dict__["source"]
            if source.broken is not None:
                self._cache[name] = placeholder(name, source.broken)
            elif name not in source.names:
                self._cache[name] = placeholder(name, MissingName(source, name))
            elif not isinstance(source.names[name], WRAPPED):
                return _constant(source.names[name], name)
            else:
                self._cache[name] = _wrap(self, name, source.names[name])
        return self._cache[name]

    def refused(self) -> BaseException | None:
        """What went wrong in a call of this check, even where the test took it for what it waited for."""
        for entry in self.calls:
            error = entry.error
            if isinstance(error, (NotPlain, MissingName, BrokenModule)):
                return error
            if isinstance(error, NotImplementedError) and str(error).startswith("Task "):
                return error
        return None


def _constant(value: Any, name: str) -> Any:
    """A prompt or a table as plain data; classes, apps and other objects as they are."""
    if isinstance(value, type) or callable(value) or isinstance(value, ModuleType):
        return value
    try:
        return plain(value, name)
    except NotPlain:
        return value


def _wrap(facade: Facade, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same kind (async stays async) that notes the call and returns plain data."""
    note = functools.partial(_note, facade, name, function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            entry = note(args, kwargs)
            with _watching(entry):
                return _crossing(entry, await function(*args, **kwargs))

        return call_async

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        entry = note(args, kwargs)
        with _watching(entry):
            return _crossing(entry, function(*args, **kwargs))

    return call


def _note(facade: Facade, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Entry:
    words = [_short(arg) for arg in args] + [f"{key}={_short(arg)}" for key, arg in kwargs.items()]
    code = getattr(inspect.unwrap(function), "__code__", None)
    place = (code.co_filename, code.co_firstlineno) if code else ()
    entry = Entry(name, ", ".join(words), *place)
    facade.calls.append(entry)
    return entry


@contextmanager
def _watching(entry: Entry) -> Iterator[None]:
    try:
        yield
    except GeneratorExit:
        raise
    except BaseException as error:
        entry.state, entry.error = "raised", error
        raise


def _crossing(entry: Entry, value: Any) -> Any:
    """The value as the test may see it: plain data, or a stream of it, or a callable as it is."""
    if inspect.isasyncgen(value) or (hasattr(value, "__aiter__") and not callable(value)):
        return _items_async(_streaming(entry), value)
    if inspect.isgenerator(value) or hasattr(value, "__next__"):
        return _items(_streaming(entry), value)
    if inspect.isawaitable(value):
        return _awaited(entry, value)
    entry.value = value if callable(value) else plain(value, f"{entry.name}()")
    entry.state = "returned"
    return entry.value


def _streaming(entry: Entry) -> Entry:
    entry.state, entry.value, entry.streamed = "streaming", [], True
    return entry


async def _awaited(entry: Entry, value: Any) -> Any:
    with _watching(entry):
        return _crossing(entry, await value)


def _items(entry: Entry, source: Any) -> Iterator[Any]:
    """Each item as plain data; closing this closes the learner's generator."""
    try:
        with _watching(entry):
            for item in source:
                entry.value.append(plain(item, f"item {len(entry.value) + 1} of {entry.name}()"))
                yield entry.value[-1]
        entry.state = "returned"
    finally:
        getattr(source, "close", lambda: None)()


async def _items_async(entry: Entry, source: Any) -> Any:
    """As `_items`; `aclose()` and cancellation reach the learner's generator."""
    try:
        with _watching(entry):
            async for item in source:
                entry.value.append(plain(item, f"item {len(entry.value) + 1} of {entry.name}()"))
                yield entry.value[-1]
        entry.state = "returned"
    finally:
        if hasattr(source, "aclose"):
            await source.aclose()


_PICTURE = Repr()
_PICTURE.maxstring, _PICTURE.maxother, _PICTURE.maxdict, _PICTURE.maxlevel = 60, 60, 6, 3


def _short(value: Any) -> str:
    """A short picture of an argument; a callable is shown by its name, not by its address."""
    if callable(value):
        return f"<{getattr(value, '__name__', type(value).__name__)}>"
    try:
        picture = _PICTURE.repr(value)
        return picture if len(picture) <= 80 else picture[:77] + "..."
    except Exception:
        return f"<{type(value).__name__}>"
