"""Behind its walls a submission reaches nothing but its own files; without them these reaches work."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader import cli
from grader.contract.facade import Facade
from grader.course import ROOT
from grader.grade import cohort, sandbox, seccomp
from grader.tests.grade_support import check, course, remote, submission

REACHES = """
import ctypes, os, socket, subprocess, sys, time

def read(path):
    return open(path).read(40)

def listed(path):
    return sorted(os.listdir(path))

def write(path):
    open(path, "w").write("x")
    return True

def connect(family, kind, address):
    with socket.socket(getattr(socket, family), kind) as there:
        there.connect(tuple(address) if isinstance(address, list) else address)
    return True

def hit(pid):
    os.kill(pid, 0)
    return True

def processes():
    return len([name for name in os.listdir("/proc") if name.isdigit()])

def linger(path, seconds):
    code = f"import time; time.sleep({seconds}); open({path!r}, 'w').write('x')"
    subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.DEVNULL)
    return True

def unshare():
    code = "import ctypes, sys; sys.exit(-ctypes.CDLL(None).unshare(0x10000000))"
    return subprocess.run([sys.executable, "-c", code]).returncode

def call(number, *args):
    libc = ctypes.CDLL(None, use_errno=True)
    return [libc.syscall(number, *args), ctypes.get_errno()]

def family(number):
    try:
        socket.socket(number, socket.SOCK_STREAM).close()
    except OSError as error:
        return error.errno
    return 0

def limits():
    import resource
    return list(resource.getrlimit(resource.RLIMIT_NPROC))

def fill(megabytes):
    for number in range(megabytes):
        with open(f"{os.environ['HOME']}/{number}", "wb") as file:
            file.write(b"x" * (1 << 20))
    return True

def environment(pid):
    return open(f"/proc/{pid}/environ").read()
"""
walls = pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing() or "there are walls")
VSOCK, NO_FAMILY = 40, 97
KEYCTL = {"x86_64": 250, "aarch64": 219}


def test_ci_has_walls() -> None:
    """Where everything else about them is tried."""
    assert not (os.environ.get("CI") and sandbox.missing())


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Any]:
    """A submission's functions, behind walls."""
    facade = remote(tmp_path, REACHES)
    with check(facade):
        yield facade


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The same functions in a process without walls: what is tried in vain inside must work here."""
    monkeypatch.setattr(sandbox, "missing", lambda: "taken down for a test")
    facade: Facade = remote(tmp_path / "outside", REACHES)
    with check(facade):
        yield facade


SECRETS = [
    ROOT / "exercises" / "00_start" / "test_start.py",
    ROOT / "solutions" / "00_start" / "start.py",
    ROOT / "cassettes" / "00_start" / "hello.yaml",
    next((ROOT / "grader" / "tests" / "alternatives" / "00_start").glob("*.py")),
    Path("/etc/passwd"),
]


@walls
@pytest.mark.parametrize("path", SECRETS, ids=lambda path: path.name)
def test_it_reads_no_check_no_recording_and_no_solution(inside: Any, outside: Any, path: Path) -> None:
    """Neither the reference nor the solutions among the grader's tests, nor the machine's files."""
    assert outside.read(str(path))
    with pytest.raises(FileNotFoundError):
        inside.read(str(path))


@walls
def test_it_sees_no_other_submission(inside: Any, tmp_path: Path) -> None:
    """Neither beside it nor in the folder for temporary files."""
    neighbour = submission(tmp_path / "neighbour", "SECRET = 1\n")

    with pytest.raises(FileNotFoundError):
        inside.read(str(neighbour / "reply.py"))
    assert [name for name in inside.listed("/tmp") if name.startswith("pytest-")] == []


@walls
def test_it_writes_nothing_but_what_is_shared(inside: Any, outside: Any, tmp_path: Path) -> None:
    """Its home and the folder that the checks share; not the grader, not itself, not the machine."""
    assert outside.write(str(tmp_path / "mark"))
    graded = inside.source.around.__self__.file
    for path in (tmp_path / "new", sandbox.GRADER / "new.py", graded, Path("/etc/new"), Path("/dev/new")):
        with pytest.raises(OSError):
            inside.write(str(path))

    assert inside.write(str(sandbox.exchange() / "mark"))
    assert (sandbox.exchange() / "mark").read_text() == "x"


@walls
@pytest.mark.parametrize("kind", ["tcp", "abstract"])
def test_it_reaches_no_socket_of_the_machine(inside: Any, kind: str) -> None:
    """A server on the loopback of the machine is not there, nor is a socket without a file."""
    family = socket.AF_INET if kind == "tcp" else socket.AF_UNIX
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(("127.0.0.1", 0) if kind == "tcp" else f"\0{os.getpid()}")
        server.listen()
        address = server.getsockname()
        there = list(address) if kind == "tcp" else address.decode()
        told = [sys.executable, "-c", f"{REACHES}\nprint(connect({family.name!r}, 1, {there!r}))"]
        assert subprocess.run(told, capture_output=True, text=True, check=True).stdout == "True\n"

        with pytest.raises(Exception, match=r"refused|blocked|network") as error:
            inside.connect(family.name, 1, there)

    assert not isinstance(error.value, AssertionError)


@walls
def test_it_signals_nobody(inside: Any, outside: Any) -> None:
    """The grader's process does not exist for it, and there are few others."""
    assert outside.hit(os.getpid())
    with pytest.raises(ProcessLookupError):
        inside.hit(os.getpid())

    assert inside.processes() < 6


@walls
def test_what_it_leaves_behind_dies_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon in a session of its own ends with the process that started it; without walls it lives on."""
    walled = sandbox.exchange() / "daemon"
    _leave(remote(tmp_path / "inside", REACHES), walled)
    monkeypatch.setattr(sandbox, "missing", lambda: "taken down for a test")
    _leave(remote(tmp_path / "outside", REACHES), tmp_path / "daemon")

    end = time.monotonic() + 10
    while not (tmp_path / "daemon").exists():
        assert time.monotonic() < end, "the daemon without walls never wrote"
        time.sleep(0.05)
    assert not walled.exists()


def _leave(facade: Any, path: Path) -> None:
    with check(facade):
        facade.linger(str(path), 1.0)
    facade.source.around.__self__.close()


@walls
def test_its_environment_holds_no_secret(inside: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even that of the first process behind the walls."""
    assert "OPENAI_API_KEY=offline-OPENAI_API_KEY" in inside.environment("self")
    for pid in ("1", "2"):
        try:
            found = inside.environment(pid)
        except OSError:
            continue
        assert all(
            line in inside.environment("self").split("\0") for line in found.split("\0") if "KEY" in line
        )


@walls
def test_it_builds_no_walls_of_its_own(inside: Any, outside: Any) -> None:
    """A user namespace in its own would give it back what was taken."""
    assert outside.unshare() == 0
    assert inside.unshare() == 1


@walls
@pytest.mark.skipif(not seccomp.program(), reason="no filter of system calls is known for this processor")
def test_system_calls_are_filtered(inside: Any, outside: Any) -> None:
    """The kernel's keyring, which no namespace splits, and sockets that reach the machine's own host."""
    keyring = KEYCTL[os.uname().machine]
    assert outside.call(keyring, 0, -3, 1)[0] > 0  # KEYCTL_GET_KEYRING_ID of the session, made if need be
    assert inside.call(keyring, 0, -3, 1) == [-1, 1]

    assert inside.family(VSOCK) == NO_FAMILY
    assert inside.family(socket.AF_INET) == 0


@walls
def test_its_home_holds_only_so_much(inside: Any) -> None:
    """It is memory, and it is counted: small files add up."""
    megabytes = sandbox.SCRATCH >> 20

    assert inside.fill(megabytes // 4)
    with pytest.raises(OSError, match="No space left"):
        inside.fill(megabytes + 1)


@walls
def test_its_processes_are_counted(inside: Any) -> None:
    """Inside the walls the count is its own, so no bomb fails a neighbour."""
    assert inside.limits() == [sandbox.PROCESSES] * 2


def test_another_processor_has_its_own_filter() -> None:
    """Instructions of eight bytes; no filter at all for a processor that nobody looked up."""
    for name in seccomp.MACHINES:
        lines = [
            struct.unpack("=HBBI", seccomp.program(name)[at : at + 8])
            for at in range(0, len(seccomp.program(name)), 8)
        ]
        assert lines[1][3] == seccomp.MACHINES[name].audit
        assert all(
            at + 1 + max(yes, no) < len(lines) for at, (code, yes, no, _) in enumerate(lines) if code & 7 == 5
        )
    assert seccomp.program("riscv64") == b""


def test_without_walls_nobody_is_graded_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reason, what it means, and the option that says you know; exit code 2."""
    module = course(tmp_path / "course")
    monkeypatch.setattr(cohort, "modules", lambda: [module])
    monkeypatch.setattr(sandbox, "missing", lambda: f"bubblewrap is not installed. {sandbox.INSTALL}")
    folder = submission(tmp_path / "ada", module.reference.read_text())

    assert cli.main(["grade", str(folder)]) == 2

    said = capsys.readouterr().err
    assert "apt install bubblewrap" in said
    assert cohort.TRUST in said


def test_a_machine_that_cannot_build_them_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bubblewrap that fails, as where namespaces are forbidden, counts as none; its words are kept."""
    broken = tmp_path / "bwrap"
    broken.write_text("#!/bin/sh\necho 'setting up uid map: Permission denied' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")
    found = sandbox.missing.__wrapped__  # type: ignore[attr-defined]

    assert "Permission denied" in found()
