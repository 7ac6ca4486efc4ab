"""What are a module's numbers? Runs `course/examples/<module>/lab.py`, which computes and draws them."""

from __future__ import annotations

import argparse
import runpy
import sys

from grader import course
from grader.contract.loading import install

FOR_FIGURES = ("matplotlib",)  # the numbers are printed and written before anything is drawn


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("module", help="04_cot, cot or 4")


def run(args: argparse.Namespace) -> int:
    """Run the module's lab with its folder on the import path.

    Exit code 2 when the module has none, 1 when a package is missing; a figure alone may be left out.
    """
    module = course.module(args.module)
    script = module.examples / "lab.py"
    if not script.is_file():
        print(f"{module.key} has no lab: {script.relative_to(module.root)} does not exist.", file=sys.stderr)
        return 2
    sys.path.insert(0, str(script.parent))
    try:
        runpy.run_path(str(script), run_name="__main__")
    except ModuleNotFoundError as reason:
        name = (reason.name or "").partition(".")[0]
        remedy = install(name)
        if remedy is None:
            raise
        what = "The figure was not drawn" if name in FOR_FIGURES else "Nothing was computed"
        print(f"{what}: {name} is not installed.\n{remedy}", file=sys.stderr)
        return 0 if name in FOR_FIGURES else 1
    return 0
