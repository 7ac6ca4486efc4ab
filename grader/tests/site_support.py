"""The built site and the build's own hooks, for the tests of both."""

from __future__ import annotations

import contextlib
import functools
import http.server
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from grader.course import ROOT


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


PORT = free_port()  # The site's own address has to be known when it is built: instant navigation needs it.
ADDRESS = f"http://127.0.0.1:{PORT}"


def hook(name: str) -> ModuleType:
    """Import `site/hooks/<name>.py`, which is no package because MkDocs loads it by its path."""
    return load(ROOT / "site" / "hooks" / f"{name}.py")


def load(path: Path) -> ModuleType:
    """Import one Python file that no package holds."""
    spec = importlib.util.spec_from_file_location(f"site_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@functools.cache
def built() -> Path:
    """Build the site strictly, once per session, into a temporary folder, and return the folder."""
    keep = tempfile.TemporaryDirectory(prefix="site-")
    _kept.append(keep)
    # Never quietly: warnings are silenced before a strict build can count them, and it passes.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", keep.name]
    environment = {**os.environ, "SITE_URL": f"{ADDRESS}/", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"mkdocs build --strict failed:\n{done.stdout}{done.stderr}"
    return Path(keep.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


def pages() -> list[Path]:
    """Every HTML page of the built site."""
    return sorted(built().rglob("*.html"))


@contextlib.contextmanager
def served() -> Iterator[str]:
    """Serve the built site on this machine only, and yield its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing: the browser reports what went wrong."""

    handler = functools.partial(Quiet, directory=str(built()))
    with http.server.ThreadingHTTPServer(("127.0.0.1", PORT), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield ADDRESS
        server.shutdown()
