"""The page that shows the steps as they come: python course/examples/04_cot/serve.py, then open the address.

Without a key it plays the recording of one question, at recorded speed; `--live` asks the real provider.
"""

from __future__ import annotations

import argparse
import html
import importlib.util
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

import uvicorn
from direct import TRAIN
from recorded import COT, playing
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route

PAGE = Path(__file__).with_name("page.html")
NOTE = "Played from a recording of the stand-in provider, so there is one question."


def load(path: Path) -> ModuleType:
    """A module from its file: your exercise, or the reference."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = loaded
    spec.loader.exec_module(loaded)
    return loaded


# --8<-- [start:app]
def with_page(app: Any, question: str = "", note: str = "") -> Starlette:
    """`app` with the page in front of it; a given `question` is the only one that can be asked."""
    text = PAGE.read_text(encoding="utf-8")
    if question:
        text = text.replace("required>", f'value="{html.escape(question)}" readonly>')
    text = text.replace('<p id="note"></p>', f'<p id="note"><small>{html.escape(note)}</small></p>')

    async def page(_: Any) -> HTMLResponse:
        return HTMLResponse(text)

    return Starlette(routes=[Route("/", page), Mount("/", app)])


# --8<-- [end:app]


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description="Show a chain of thought in the browser, as it comes.")
    parser.add_argument("--solution", action="store_true", help="serve the reference instead of your code")
    parser.add_argument("--live", action="store_true", help="ask the real provider; needs OPENAI_API_KEY")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="speed of the recording: 1 is real, 0 at once"
    )
    parser.add_argument("--port", type=int, default=8004)
    options = parser.parse_args()
    try:
        app = load(COT.reference if options.solution else COT.starter).create_app()
    except NotImplementedError as gap:
        print(f"Your app is not there yet. {gap}.\nThe finished one: python {sys.argv[0]} --solution")
        return 1
    known = {} if options.live else {"question": TRAIN, "note": NOTE}
    tape = nullcontext() if options.live else playing("streamed", scale=options.scale, repeats="any")
    with tape:
        print(f"http://127.0.0.1:{options.port}  (stop with Ctrl+C)")
        uvicorn.run(with_page(app, **known), port=options.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
