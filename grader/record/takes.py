"""How is a recording made? The reference runs through the module's checks while the tape records."""

from __future__ import annotations

import ast
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from grader.course import Module
from grader.models import Usage
from grader.prove import reading
from grader.prove.rows import row
from grader.prove.runs import Variant, run_all
from grader.replay.cassette import BadCassette, load
from grader.replay.provenance import SDKS
from grader.verdict.outcome import PASSED, Check

# A scripted delay is real while it is recorded, a vendor may think for minutes.
LIMIT = {False: 60.0, True: 600.0}
PATIENCE = {False: 600.0, True: 3600.0}
# A library that speaks through another one: both versions shape the requests.
BEHIND = {"langchain_openai": "openai", "langchain_anthropic": "anthropic", "instructor": "openai"}
LIVE_NOTE = "The words are the vendor's; ids, moments and account names are replaced."
KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "deepseek": "DEEPSEEK_API_KEY"}


class NotRecorded(Exception):
    """The recordings were not made; the message says why and what to do. Nothing was changed."""


@dataclass(frozen=True)
class Source:
    """Who answers while a recording is made: the stand-in with a voice, or the real hosts."""

    voice: int = 1
    live: bool = False
    cap: Decimal | None = None


@dataclass
class Takes:
    """What a session left: the fullest recording of each name, as its tape wrote it, and what it cost."""

    files: dict[str, Path] = field(default_factory=dict)
    authored: dict[str, Path] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    spent: Decimal = Decimal(0)
    calls: int = 0


@contextmanager
def takes(module: Module, source: Source) -> Iterator[Takes]:
    """Make every recording that the module's checks name, in a private folder that is gone afterwards.

    Raises NotRecorded when the reference does not pass, the cap is reached, or live hosts have no key.
    """
    # Raw answers may hold a key: they stay outside the repository, where nobody can commit them.
    with tempfile.TemporaryDirectory(prefix="takes-") as private:
        folder = Path(private)
        found = Takes(authored=_authored(module))
        # A new stand-in for each session: what it serves once, it has served to the first.
        with _provider(module, source) as url:
            bad = _session(module, source, url, folder / "1", found)
        if bad and all(check.kind == "miss" for check in bad):
            # The first check of a recording left its end out: let every check make its own.
            with _provider(module, source) as url:
                bad = _session(module, source, url, folder / "2", found, "--each-take")
        if bad:
            raise NotRecorded(
                "\n".join(["The reference does not pass while it is recorded:", *map(_told, bad)])
            )
        yield found


@contextmanager
def _provider(module: Module, source: Source) -> Iterator[str | None]:
    """The URL of a stand-in that is running, or None for the real hosts.

    Raises NotRecorded without a key, and for a script that breaks a rule: to the solution, what a stand-in
    then answers is one more failing server.
    """
    if source.live:
        _needs_key()
        yield None
        return
    from grader.provider.library import Library
    from grader.provider.script import ScriptError
    from grader.provider.serve import running

    library = Library(module.root)
    try:
        library.scenarios(module)
    except ScriptError as reason:
        raise NotRecorded(str(reason)) from reason
    with running(seed=source.voice, library=library) as url:
        yield url


def _told(check: Check) -> str:
    return f"  {check.name}: {check.state.replace('_', ' ')}: {check.happened}"


def _needs_key() -> None:
    if not any(os.environ.get(name) for name in KEYS.values()):
        raise NotRecorded(
            "--live calls the real hosts, and no key is set."
            f" Set {' or '.join(KEYS.values())}, or leave --live out."
        )


def _authored(module: Module) -> dict[str, Path]:
    """Recordings written by hand: they are played while the others are made."""
    found = {}
    for path in sorted(module.cassettes.glob("*.yaml")):
        try:
            if load(path).source == "authored":
                found[path.stem] = path
        except BadCassette:
            continue  # a broken recording is about to be replaced
    return found


def _session(
    module: Module, source: Source, url: str | None, folder: Path, found: Takes, *more: str
) -> list[Check]:
    """Record once through all checks into `folder`; the checks that did not pass. Raises NotRecorded."""
    raw, report = folder / "raw", folder / "spend.json"
    (raw / module.key).mkdir(parents=True)
    (folder / "takes").mkdir()
    for name, path in found.authored.items():
        shutil.copyfile(path, raw / module.key / f"{name}.yaml")
    left = [f"--spend-cap={source.cap - found.spent}"] if source.cap is not None else []
    options = (
        "--solution", "-p", "grader.record.session", f"--cassettes={raw}", f"--takes={folder / 'takes'}",
        f"--spend-report={report}", f"--limit={LIMIT[source.live]}", *left, *more,
        *([f"--record={url}", f"--voice={source.voice}"] if url else ["--live"]),
    )  # fmt: skip
    [run] = run_all([Variant(module, "recording", module.key, options)], patience=PATIENCE[source.live])
    _bill(report, found)
    checks = run.outcome.checks if run.outcome else []
    if not checks:
        raise NotRecorded("\n".join(row(run).problems))
    found.files = _fullest(folder / "takes")
    return [check for check in checks if check.state != PASSED]


def _bill(report: Path, found: Takes) -> None:
    """Add what a session cost. Raises NotRecorded with the first call that was refused."""
    bill = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else {}
    found.usage += Usage(**bill.get("usage", {}))
    found.spent += Decimal(bill.get("spent", 0))
    found.calls += bill.get("calls", 0)
    if bill.get("refused"):
        raise NotRecorded(bill["refused"][0])


def _fullest(folder: Path) -> dict[str, Path]:
    """Of each name the take with the most steps, the first of several: other checks leave the end out."""
    found = {}
    for name in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(name.iterdir())
        found[name.name] = max(files, key=lambda path: len(load(path).steps))
    return found


def wanted(module: Module) -> list[str]:
    """The recordings that the module's checks name, in file order."""
    return list(dict.fromkeys(name for check in reading.checks(module.test_file) for name in check.cassettes))


def head(module: Module, take: Path, source: Source) -> dict[str, Any]:
    """What the tape cannot know about a take: its title, its clients, the reference that it was made with."""
    import hashlib

    from grader.provider.library import Library

    name = take.parent.name
    scenario = Library(module.root).scenarios(module).get(name)
    digest = hashlib.sha256(module.reference.read_bytes()).hexdigest()
    return {
        "title": scenario.title if scenario else name.replace("_", " "),
        **({"note": LIVE_NOTE} if source.live else {}),
        "sdk": _sdks(module, take),
        "reference": f"sha256:{digest}",
    }


def _sdks(module: Module, take: Path) -> dict[str, str]:
    """The versions of the clients that spoke: the vendors' own, and what the reference imports beside them.

    What the session has loaded says nothing: it loads every client before it begins.
    """
    vendors = {step.facts.operation.partition(".")[0] for step in load(take).steps}
    imported = {"httpx2" if vendor == "generate" else vendor for vendor in vendors}
    for node in ast.walk(reading.tree(module.reference)):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.partition(".")[0])
    behind = {client for name, client in BEHIND.items() if name in imported}
    return {name: version(name.replace("_", "-")) for name in SDKS if name in imported | behind}
