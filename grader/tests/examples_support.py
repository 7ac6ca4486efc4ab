"""A module's example files as Python modules, for as long as a test needs them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

from grader.course import Module


@contextmanager
def imported(module: Module) -> Iterator[SimpleNamespace]:
    """Every example of a module by its name; afterwards their names and their folder are forgotten again."""
    names = sorted(path.stem for path in module.examples.glob("*.py"))
    sys.path.insert(0, str(module.examples))
    try:
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    finally:
        sys.path.remove(str(module.examples))
        for name in (*names, module.slug):
            sys.modules.pop(name, None)
