"""What is missing on this machine, and how to get it? Nothing here needs a key or a network."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import re
import shutil
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

from grader import course

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY")


@dataclass(frozen=True)
class Finding:
    """One line of the report: `ok` is None for what is merely optional and absent."""

    ok: bool | None
    what: str
    remedy: str = ""


def installed(requirement: str) -> str | None:
    """The installed version of a requirement such as `openai>=3.3,<3.4`, or None where none fits."""
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        version = importlib.metadata.version(wanted.name)
    except importlib.metadata.PackageNotFoundError:
        return None
    return version if wanted.specifier.contains(version, prereleases=True) else None


def extras() -> dict[str, list[str]]:
    """The requirements of pyproject.toml by extra; `base` is what every learner needs."""
    project = tomllib.loads((course.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"base": project["dependencies"], **project["optional-dependencies"]}


def python() -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= (3, 11), f"Python {found}", "install Python 3.11 or newer")


def packages(extra: str, requirements: list[str]) -> Finding:
    """Whether everything that an extra names is installed in a version that fits."""
    others = [r for r in requirements if not r.startswith("stateless-course")]
    missing = [r for r in others if installed(r) is None]
    name = "packages of the base install" if extra == "base" else f"extra {extra}"
    if not missing:
        return Finding(True, name)
    remedy = "make try" if extra == "base" else f"pip install -e '.[{extra}]'"
    names = ", ".join(re.split(r"[<>=!~ \[]", r)[0] for r in missing)
    return Finding(False if extra == "base" else None, f"{name}: {names} missing", remedy)


def pytest_on_path() -> Finding:
    """A `pytest` of another environment would not know the grader."""
    found = shutil.which("pytest")
    ours = found is not None and Path(found).parent.samefile(Path(sys.executable).parent)
    return Finding(ours, "`pytest` is the one of this environment", ". .venv/bin/activate")


def browser() -> Finding:
    found = next((b for b in BROWSERS if shutil.which(b)), None)
    what = f"browser {found}" if found else "no Chromium: the browser tests of the project skip"
    return Finding(True if found else None, what, "apt-get install chromium")


def walls() -> Finding:
    """Only who grades others needs them."""
    from grader.grade import sandbox  # late: it tries them for real

    lacking = sandbox.missing()
    what = f"no walls for `grader grade`: {lacking.split('. ')[0]}" if lacking else "walls for `grader grade`"
    return Finding(None if lacking else True, what, "apt-get install bubblewrap, on Linux")


def keys() -> Finding:
    """Keys are never needed; say plainly what having one changes."""
    found = [key for key in KEYS if os.environ.get(key)]
    what = f"{', '.join(found)} set: `cot` asks the live model" if found else "no key, and none is needed"
    return Finding(True, what)


def writable() -> Finding:
    folder = course.state_folder()
    try:
        folder.mkdir(exist_ok=True)
        ok = os.access(folder, os.W_OK)
    except OSError:
        ok = False
    return Finding(ok, f"progress is kept in {folder.name}/", f"make {course.ROOT.name}/ writable")


def recordings() -> Finding:
    """Every module with checks has recordings to replay."""
    bare = [m.key for m in course.modules() if m.test_file.is_file() and not m.cassettes.is_dir()]
    return Finding(
        not bare,
        "recordings of every module" if not bare else f"no recordings: {', '.join(bare)}",
        "git checkout -- cassettes",
    )


def findings() -> list[Finding]:
    """Everything the doctor looks at, most important first."""
    wanted = extras()
    rest = [packages(extra, wanted[extra]) for extra in wanted if extra != "base"]
    return [
        python(),
        packages("base", wanted["base"]),
        pytest_on_path(),
        writable(),
        recordings(),
        keys(),
        browser(),
        walls(),
        *rest,
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The doctor takes no arguments."""


def run(args: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the findings. Exit code 1 when something that is needed is missing."""
    found = findings()
    for finding in found:
        mark = {True: "ok     ", False: "MISSING", None: "-      "}[finding.ok]
        print(f"{mark}  {finding.what}")
        if finding.ok is not True:
            print(f"         get it: {finding.remedy}")
    needed = sum(finding.ok is False for finding in found)
    print(f"\n{'This machine has what the course needs.' if not needed else f'{needed} to mend.'}")
    print("Lines with - are optional: what needs them says so.")
    return 1 if needed else 0
