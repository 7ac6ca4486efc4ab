"""What does the grader cost? Ratios, each measured side by side in one run: `make bench`.

A replayed call against the HTTP library's own mock, a replayed stream against its recorded duration, and
each module's cold verdict against an empty pytest run with the same imports.
`--check` fails on a missed target.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course import ROOT, Module, modules
from grader.replay.steps import Step
from grader.tests import replay_support as made

if TYPE_CHECKING:
    import openai

MODULES = "all modules:"
# Code given to a module counts as its own: it imports the SDKs for it.
GIVEN = ("grader.shelf", "grader.capstone", "grader.meter", "grader.graph")
TELL = f"""import sys, pytest
pytest.main(sys.argv[1:])
real = [name for name, m in sys.modules.items() if getattr(getattr(m, "__spec__", 0), "name", 0) == name]
print("{MODULES}", *real, file=sys.stderr)
"""
EMPTY = "{imports}\n\n\ndef test_nothing():\n    assert True\n"


@dataclass(frozen=True)
class Figure:
    """One ratio and its target; `within` counts deviations on both sides of 1."""

    name: str
    ratio: float
    target: float
    within: bool = False
    inputs: str = ""

    @property
    def met(self) -> bool:
        return abs(self.ratio - 1) <= self.target if self.within else self.ratio <= self.target

    def __str__(self) -> str:
        rule = f"1 ± {self.target}" if self.within else f"at most {self.target}"
        return f"{'ok  ' if self.met else 'OVER'} {self.ratio:5.2f}  ({rule})  {self.name}; {self.inputs}"


QUESTION = "Contract {0}: which of the twenty categories is it, and why? Party {0} pays {0} dollars."


def replayed_call(steps: int, rounds: int = 25) -> Figure:
    """One SDK call from a recording of `steps` interactions, as a multiple of one through MockTransport."""
    import httpx2
    import openai

    from grader.replay.tape import use

    answer = json.dumps(made.completion("36")).encode()
    mock = httpx2.MockTransport(lambda _: httpx2.Response(200, content=answer, headers=made.JSON))
    mocked = openai.OpenAI(api_key=made.KEY, http_client=httpx2.Client(transport=mock))
    client = openai.OpenAI(api_key=made.KEY)
    asked = [made.ask(QUESTION.format(1 + round(at * (steps - 1) / 19))) for at in range(20)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = made.cassette(Path(folder), *_contracts(steps))
        for _ in range(rounds):
            floor = _each_call(mocked, asked)
            with use(path):
                rows.append((_each_call(client, asked), floor))
    mine, floor = (_quiet(times) for times in zip(*rows, strict=True))
    inputs = f"{mine * 1e3:.2f} ms against {floor * 1e3:.2f} ms, each of 20 calls best of {rounds}"
    return Figure(f"replayed call, {steps} recorded", mine / floor, 1.5, inputs=inputs)


def _contracts(count: int) -> Iterator[Step]:
    for number in range(1, count + 1):
        yield made.step(number, made.ask(QUESTION.format(number)), made.completion("36"), repeat="any")


def _each_call(client: openai.OpenAI, asked: list[dict[str, Any]]) -> list[float]:
    return [_seconds(lambda body=body: client.chat.completions.create(**body)) for body in asked]


def _quiet(rounds: Iterable[list[float]]) -> float:
    """The mean call, each at its best round: on a busy machine only the best one tells the cost."""
    return statistics.mean(min(times) for times in zip(*rounds, strict=True))


def replayed_stream() -> Figure:
    """A stream at scale 1, as a multiple of the duration recorded with it from a stand-in."""
    import openai

    from grader.replay.cassette import load
    from grader.replay.tape import use

    words = " ".join(f"word{number}" for number in range(40))
    script = f"stream: {{title: Forty words, delay: 0.2, chunk: 0.03, turns: [{{say: {words}}}]}}"
    client = openai.OpenAI(api_key=made.KEY)

    def read() -> None:
        for _ in client.chat.completions.create(**made.ask("Forty words, please."), stream=True):
            pass

    with tempfile.TemporaryDirectory() as folder, made.stand_in(Path(folder), script) as url:
        path = Path(folder) / "90_lab" / "stream.yaml"
        with use(path, mode="record", upstream=url):
            read()
        recorded = load(path).steps[0].timing.total
        with use(path, scale=1.0):
            seconds = _seconds(read)
    inputs = f"{seconds:.2f} s against {recorded:.2f} s recorded"
    return Figure("stream at scale 1", seconds / recorded, 0.1, within=True, inputs=inputs)


def cold_verdict(module: Module, side: str, rounds: int = 5) -> Figure:
    """A module's verdict from a cold start, as a multiple of an empty run with the same imports.

    `side` is "" for the starter and "--solution" for the reference, whose checks all do their work.
    Both are seconds of work (user and system): other programs on the machine change the clock far more.
    """
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    graded = [*pytest, f"exercises/{module.key}", *side.split()]
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "test_empty.py"
        own = _own_imports(module, side)
        # An SDK imports most of itself at its first call: `import openai` alone would leave out a third.
        needed = [name for name in _imported(graded) if name.partition(".")[0] in own]
        imports = "\n".join(f"import {name}" for name in needed)
        empty.write_text(EMPTY.format(imports=imports), encoding="utf-8")
        plain = [*pytest, "-c", os.devnull, "--disable-plugin-autoload", "-p", "anyio", str(empty)]
        runs = [(_work(graded), _work(plain)) for _ in range(rounds)]
    mine, floor = (min(seconds) for seconds in zip(*runs, strict=True))
    packages = ", ".join(sorted({name.partition(".")[0] for name in needed}))
    inputs = f"{mine:.2f} s of work against {floor:.2f} s ({packages}), best of {rounds}"
    return Figure(f"cold pytest exercises/{module.key} {side}".rstrip(), mine / floor, 1.5, inputs=inputs)


def _imported(command: list[str]) -> list[str]:
    """The modules that a run really imports, in order; what is imported late counts only if it is used."""
    told = [command[0], "-c", TELL, *command[3:]]
    done = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    _, told_all, names = done.stderr.rpartition(MODULES)
    if not told_all:
        raise RuntimeError(f"{' '.join(command)} did not tell what it imported:\n{done.stdout}{done.stderr}")
    return names.split()


def _own_imports(module: Module, side: str) -> set[str]:
    """What the graded file, its checks and the parts of the course that they use import from others."""
    graded = module.reference if side else module.starter
    files, found = [graded, module.test_file], set[str]()
    for file in files:
        for name in _names(file):
            part = ROOT / (name.replace(".", "/") + ".py")
            if name.startswith(GIVEN) and part not in files:
                files.append(part)  # read in turn: the list grows
            found.add(name.partition(".")[0])
    return found - sys.stdlib_module_names - {"grader", "pytest", module.slug}


def _names(file: Path) -> Iterator[str]:
    """The modules that a file imports, at its top or late."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if file.is_file() else ():
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def _environment() -> dict[str, str]:
    """As on a machine in use: compiled files are kept."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _work(command: list[str]) -> float:
    """Seconds of work of a pytest run; failing checks are no trouble, anything else is."""
    before = os.times()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=_environment())
    after = os.times()
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return after.children_user + after.children_system - before.children_user - before.children_system


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def measures() -> Iterator[Callable[[], Figure]]:
    """One call per figure."""
    yield lambda: replayed_call(20)
    yield lambda: replayed_call(200)
    yield replayed_stream
    for module in modules():
        for side in ("", "--solution"):
            yield partial(cold_verdict, module, side)


def main() -> int:
    """Print the figures; 1 with `--check` when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    check = parser.parse_args().check
    figures = []
    for measure in measures():
        figures.append(measure())
        print(figures[-1], flush=True)
    return int(check and not all(figure.met for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main())
