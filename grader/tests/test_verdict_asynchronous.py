"""A miss in an async check ends that check, and leaves the ones after it alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from grader.course import ROOT

ASKS_ALWAYS = """
def create_app(patience=10.0):
    app = FastAPI()

    @app.get("/solve")
    async def think(question: str = ""):
        return [step.model_dump() async for step in stream_steps(question)]

    return app
"""


def test_a_miss_in_an_async_check_fails_only_that_check(tmp_path: Path) -> None:
    """anyio's runner ends at a BaseException: every check is judged all the same, without its complaint."""
    overlay, outcome = tmp_path / "asks.py", tmp_path / "outcome.json"
    overlay.write_text(ASKS_ALWAYS, encoding="utf-8")

    made = subprocess.run(
        [sys.executable, "-m", "pytest", str(ROOT / "exercises/04_cot"), f"--overlay={overlay}", "-k",
         "is_a_422 or skips_the_chain or streams_the_steps", f"--outcome={outcome}"],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip

    text = outcome.read_text(encoding="utf-8")
    found = json.loads(text)
    checks = {
        check["name"]: check["state"] for check in (found[0] if isinstance(found, list) else found)["checks"]
    }
    refused = [state for name, state in checks.items() if "422" in name]
    assert refused == ["failed"] * 3
    assert [state for name, state in checks.items() if "422" not in name and state != "passed"] == []
    assert "INTERNALERROR" not in made.stdout
    assert "never retrieved" not in made.stdout + made.stderr
