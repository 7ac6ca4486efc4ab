"""The shelf of 03_fewshot: an embedding without network, and plain words where Chroma is missing."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest

from grader.course import ROOT
from grader.shelf import MissingExtra, embedding_function, ngrams, shelf


def distance(one: list[float], other: list[float]) -> float:
    return 1 - sum(a * b for a, b in zip(one, other, strict=True))


def test_vectors_have_length_one_and_follow_the_words():
    rent, rents, fire, empty = ngrams(["tenant pays rent", "the Tenants paying rent", "fire and storm", ""])

    assert math.hypot(*rent) == pytest.approx(1)
    assert distance(rent, rents) < 0.5 < distance(rent, fire)
    assert set(empty) == {0.0}


def test_vectors_are_the_same_in_every_process():
    """`hash()` would differ with the seed of each process; these do not."""
    code = (
        "from grader.shelf import ngrams; import json; print(json.dumps(ngrams(['The tenant pays rent.'])))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT,
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip

    assert len(seen) == 1


def test_without_chroma_a_check_names_the_extra(tmp_path):
    """A learner without the extra reads which command installs it, and nothing is judged."""
    outcome = tmp_path / "outcome.json"
    code = (
        "import sys; sys.modules['chromadb'] = None; import pytest; "
        f"sys.exit(pytest.main(['exercises/03_fewshot', '--solution', '-k', 'embedded_once', "
        f"'--outcome={outcome}']))"
    )

    made = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)

    found = json.loads(outcome.read_text(encoding="utf-8"))
    check = next(c for c in found["checks"] if c["name"] == "test_a_text_is_embedded_once")
    assert check["state"] == "broken"
    assert check["happened"] == "The package 'chromadb' is not installed."
    assert "pip install -e '.[fewshot]'" in check["next"]
    assert "pip install -e '.[fewshot]'" in " ".join(made.stdout.split())
    assert "Traceback" not in made.stdout + made.stderr


def test_without_chroma_a_program_names_the_extra(monkeypatch, tmp_path):
    """Outside the grader, too: the error says what to type."""
    monkeypatch.setitem(sys.modules, "chromadb", None)

    with pytest.raises(MissingExtra, match=r"pip install -e '\.\[fewshot\]'"):
        shelf(str(tmp_path / "none"), "examples")


def test_another_embedding_is_refused(tmp_path):
    """A collection made with one function does not open with another: its distances would mean nothing."""
    chromadb = pytest.importorskip("chromadb")
    from chromadb.api.types import EmbeddingFunction

    class Other(EmbeddingFunction):
        def __init__(self):
            pass

        def __call__(self, input):
            return [[1.0, 0.0] for _ in input]

        @staticmethod
        def name():
            return "other"

        def get_config(self):
            return {}

        @staticmethod
        def build_from_config(config):
            return Other()

    shelf(str(tmp_path), "examples").add(ids=["a"], documents=["rent"])

    with pytest.raises(ValueError, match="hashed_ngrams"):
        chromadb.PersistentClient(str(tmp_path)).get_collection("examples", embedding_function=Other())


def test_vectors_of_another_size_ask_for_a_new_index():
    """Chroma rebuilds the function from what it stored; a size of the past cannot be compared."""
    pytest.importorskip("chromadb")
    function = type(embedding_function())

    assert function.build_from_config(embedding_function().get_config()).name() == "hashed_ngrams"
    with pytest.raises(ValueError, match="index it anew"):
        function.build_from_config({"size": 512, "piece": 4})


@pytest.mark.parametrize(("soft", "hard", "raised"), [(256, 8192, 4096), (256, 300, 300), (5000, 8192, 5000)])
def test_a_low_limit_of_open_files_is_raised(soft, hard, raised, tmp_path):
    """Below 4,096 Chroma drops indexes that are not on disk yet; above the hard limit nobody may go."""
    resource = pytest.importorskip("resource")
    pytest.importorskip("chromadb")
    said = (
        "import resource, sys; from grader.shelf import shelf\n"
        f"shelf({str(tmp_path)!r}, 'examples').add(ids=['a'], documents=['rent'])\n"
        "print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", said], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
    )  # fmt: skip

    assert done.stdout.strip() == str(raised)


def test_nothing_is_missed_in_a_crowd_of_like_texts(tmp_path):
    """Asked for all, it gives all, also after the index has grown: a balance may pass over any number."""
    pytest.importorskip("chromadb")
    crowd = shelf(str(tmp_path), "examples")
    crowd.add(
        ids=[f"{n}" for n in range(50)], documents=[f"contract {n} about bicycles {n * 7}" for n in range(50)]
    )
    crowd.query(query_texts=["bicycles"], n_results=3)
    crowd.add(ids=["new"], documents=["something else"])

    found = crowd.query(query_texts=["bicycles"], n_results=51)["ids"][0]

    assert len(found) == 51
