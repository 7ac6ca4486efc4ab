"""`grader lab` where a package is missing: numbers without a figure, or the command to install it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.course import ROOT, modules


def lab(key: str, missing: str) -> subprocess.CompletedProcess[str]:
    """The command in a process in which one package cannot be imported."""
    code = f"import sys; sys.modules[{missing!r}] = None\nfrom grader.cli import main\n"
    code += f"sys.exit(main(['lab', {key!r}]))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)


@pytest.mark.parametrize("key", ["00_start", "02_adapters"])
def test_without_matplotlib_the_numbers_come_all_the_same(key):
    """Exit code 0, the table, and one line on the figure."""
    done = lab(key, "matplotlib")

    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert any(digit in done.stdout for digit in "123456789")
    assert "The figure was not drawn: matplotlib is not installed." in done.stderr
    assert "pip install -e '.[site]'" in done.stderr


def test_without_chroma_nothing_is_computed():
    """Exit code 1, the package, and the command that installs it; no traceback."""
    if "03_fewshot" not in {module.key for module in modules()}:
        pytest.skip("03_fewshot is not in this course")
    done = lab("03_fewshot", "chromadb")

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "Nothing was computed: chromadb is not installed." in done.stderr
    assert "pip install -e '.[fewshot]'" in done.stderr
