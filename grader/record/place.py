"""How do new recordings reach their folder? All or none: a full disk leaves the old ones as they were."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def staged(cassettes: Path, key: str, texts: Mapping[str, str], kept: Mapping[str, Path]) -> Iterator[Path]:
    """A folder beside the recordings' with `texts` written to the disk and `kept` copied, gone afterwards.

    Beside them, so that the same disk runs full before anything is replaced, and a rename suffices later.
    Yields the folder for `--cassettes`. Raises OSError.
    """
    cassettes.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".recording-", dir=cassettes) as folder:
        inner = Path(folder) / key
        inner.mkdir()
        for name, text in texts.items():
            write(inner / f"{name}.yaml", text)
        for name, path in kept.items():
            shutil.copyfile(path, inner / f"{name}.yaml")
        yield Path(folder)


def write(path: Path, text: str) -> None:
    """Write a file and wait until it is on the disk. Raises OSError."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def swap(staging: Path, target: Path, names: list[str]) -> None:
    """Put `names` from the staging folder in place, each in one step; any failure puts the old ones back."""
    target.mkdir(parents=True, exist_ok=True)
    before = staging / ".before"
    before.mkdir()
    done: list[str] = []
    try:
        for name in names:
            file = target / f"{name}.yaml"
            if file.exists():
                _keep(file, before / file.name)
            done.append(name)
            (staging / file.name).replace(file)
    except BaseException:
        for name in done:
            _restore(before / f"{name}.yaml", target / f"{name}.yaml")
        raise


def _keep(file: Path, copy: Path) -> None:
    """A second name for a file, which needs no room; a copy where the file system has no links."""
    try:
        copy.hardlink_to(file)
    except OSError:
        shutil.copy2(file, copy)


def _restore(before: Path, file: Path) -> None:
    if before.exists():
        before.replace(file)
    else:
        with suppress(FileNotFoundError):
            file.unlink()
