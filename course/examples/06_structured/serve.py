"""The review page with letters in it: python course/examples/06_structured/serve.py, then open the address.

It works through the 200 mails first, with your functions or with the reference's (`--solution`).
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import uvicorn
from mails import cases
from pipeline import STRUCTURED
from replies import asked

PORT = 8006


def load(path: Path) -> ModuleType:
    """A module from its file: your exercise, or the reference."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = loaded
    spec.loader.exec_module(loaded)
    return loaded


def fill(chosen: ModuleType, store: str, count: int | None = None) -> dict[str, int]:
    """Work through the mails, all or the first `count`: what `work` says became of them."""
    found = cases()[:count]
    chosen.accept(store, [case.mail for case in found])
    with asked(chosen, found):
        return chosen.work(store)


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Look after the mails that no model could read.")
    parser.add_argument("--solution", action="store_true", help="serve the reference instead of your code")
    parser.add_argument("--port", type=int, default=PORT)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = f"{folder}/mails.db"
        try:
            chosen = load(STRUCTURED.reference if options.solution else STRUCTURED.starter)
            print(fill(chosen, store), flush=True)
            app = chosen.create_app(store)
        except NotImplementedError as gap:
            print(f"Not there yet. {gap}\nThe finished one: python {sys.argv[0]} --solution")
            return 1
        print(
            f"http://127.0.0.1:{options.port}  (stop with Ctrl+C; what you decide is forgotten then)",
            flush=True,
        )
        uvicorn.run(app, port=options.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
