"""The names of a submission, as functions that ask its process.

The course's own reference says which names there are and what kind each one is; the submission's process says
only which of them it lacks, and what its constants are.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.contract.facade import WRAPPED
from grader.contract.loading import execute
from grader.contract.missing import BrokenModule
from grader.contract.sides import Side, Source
from grader.course import Module
from grader.grade.collect import Refused
from grader.grade.lending import Lending
from grader.grade.protocol import Violation
from grader.grade.raising import SubmissionError, SubmissionGone, broken
from grader.grade.remote import Remote

HAND_IN = "Hand in a file that can be imported on its own."


def load(module: Module, folder: Path) -> Source:
    """The graded names of a submission; what fails to load is told in `broken`."""
    side = Side("submission", folder)
    file = folder / f"{module.slug}.py"
    try:
        remote = Remote(folder, module.slug)
    except Refused as reason:
        return Source(module, side, file, broken=BrokenModule("absent", file, str(reason), HAND_IN))
    # The process starts first: it imports the SDKs while the reference does the same here.
    remote.start()
    names = trusted(module)
    remote.lending = Lending(remote, names, folder)
    source = Source(module, side, folder / remote.file.relative_to(remote.folder))
    try:
        said = (remote.ready() or {}).get("broken")
        if said:
            source.broken = broken(said, remote.folder, folder, module.slug)
        else:
            source.names, source.around = _proxies(remote, names), remote.around
    except (SubmissionGone, Violation) as reason:
        source.broken = BrokenModule("exit", file, str(reason), HAND_IN)
    if source.broken is not None:
        remote.close()
    return source


def trusted(module: Module) -> dict[str, Any]:
    """The public names of the reference, or of the starter where there is no reference."""
    file = module.reference if module.reference.is_file() else module.starter
    names, trouble = execute(f"reference.{module.slug}", [file])
    if trouble is not None:
        raise trouble
    return {n: v for n, v in names.items() if not n.startswith("_") and not isinstance(v, ModuleType)}


def _proxies(remote: Remote, names: dict[str, Any]) -> dict[str, Any]:
    """A stand-in for each name that the submission has; the others are left out."""
    constants = [name for name, value in names.items() if not isinstance(value, (type, *WRAPPED))]
    told = remote.ask(kind="names", names=list(names), values=constants, **{"async": False})
    if told["kind"] != "named":
        raise SubmissionGone("The submission's process could not tell its names.")
    found: dict[str, Any] = {}
    for name, value in names.items():
        if name in told["missing"]:
            continue
        if isinstance(value, type):
            found[name] = value if issubclass(value, BaseException) else _stays(name)
        elif name in constants:
            found[name] = _constant(remote, told["values"].get(name), name)
        else:
            found[name] = _function(remote, name, inspect.iscoroutinefunction(value), told["lines"].get(name))
    return found


def _constant(remote: Remote, said: Any, name: str) -> Any:
    """A constant of the submission, sent as a list of one, or of none where it is not plain data."""
    return remote.lending.decode(said[0]) if type(said) is list and len(said) == 1 else _stays(name)


def _function(remote: Remote, name: str, asynchronous: bool, line: Any) -> Callable[..., Any]:
    """A function of the trusted kind that asks the process."""
    lending = remote.lending

    async def ask_async(*args: Any, **kwargs: Any) -> Any:
        return lending.result(await remote.ask_async(**lending.call(name, args, kwargs, True)))

    def ask(*args: Any, **kwargs: Any) -> Any:
        return lending.result(remote.ask(**lending.call(name, args, kwargs, False)))

    proxy: Any = ask_async if asynchronous else ask
    proxy.__name__ = proxy.__qualname__ = name
    if type(line) is int and 0 < line < 1_000_000:
        # The words of a failure name the line where the function begins: the facade unwraps to it.
        proxy.__wrapped__ = _begins_at(line)
    return proxy


def _begins_at(line: int) -> Callable[[], None]:
    def stub() -> None: ...

    stub.__code__ = stub.__code__.replace(co_firstlineno=line)
    return stub


def _stays(name: str) -> Callable[..., Any]:
    """A stand-in for what stays in the process: other classes, and objects that are no plain data."""

    def stays(*_: Any, **__: Any) -> Any:
        raise SubmissionError(
            f"{name} cannot leave the submission's process: only functions and plain data can."
        )

    return stays
