"""Recordings change all together or not at all, also where a disk is full or a write breaks off."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import threading
from contextlib import suppress

import pytest

from grader.record import place
from grader.tests.prove_support import change, recorded, refused, snapshot


@pytest.fixture
def course(tmp_path_factory, tmp_path):
    return recorded(tmp_path_factory, tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
def test_a_full_disk_changes_nothing(course, request):
    kept = snapshot(course.cassettes)
    folder = course.cassettes.parent
    shutil.rmtree(folder)
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    request.addfinalizer(lambda: subprocess.run(["umount", str(folder)], check=True))
    course.cassettes.mkdir()
    for name, data in kept.items():
        (course.cassettes / name).write_bytes(data)
    with suppress(OSError), (course.cassettes / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))
    change(course.script, "multiply them", "multiply both")

    said = refused(course)

    assert "No space left on device" in said
    assert kept.items() <= snapshot(course.cassettes).items()


def test_a_write_that_breaks_off_changes_nothing(course):
    kept = snapshot(course.cassettes)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
        with (
            pytest.raises(OSError, match="too large"),
            place.staged(course.cassettes.parent, course.key, {"plain": "x" * 5000}, {}) as staging,
        ):
            place.swap(staging / course.key, course.cassettes, ["plain"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)

    assert snapshot(course.cassettes) == kept
    assert sorted(p.name for p in course.cassettes.parent.iterdir()) == [course.key]


def test_a_swap_that_fails_halfway_puts_everything_back(course):
    kept = snapshot(course.cassettes)
    fresh = {"corrected": "new", "plain": "new", "added": "new"}

    with place.staged(course.cassettes.parent, course.key, fresh, {}) as staging:
        (staging / course.key / "plain.yaml").unlink()
        with pytest.raises(FileNotFoundError):
            place.swap(staging / course.key, course.cassettes, ["added", "corrected", "plain"])

    assert snapshot(course.cassettes) == kept


def test_a_reader_never_finds_a_recording_missing(course):
    file, stop, missing = course.cassette("plain"), threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                file.read_bytes()
            except FileNotFoundError:
                missing.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for n in range(200):
        with place.staged(course.cassettes.parent, course.key, {"plain": str(n)}, {}) as staging:
            place.swap(staging / course.key, course.cassettes, ["plain"])
    stop.set()
    reader.join()

    assert missing == []
    assert file.read_text() == "199"
