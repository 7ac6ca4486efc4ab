"""A submission as the grader sees it: questions to its process, and what ends a check.

Whatever goes wrong (a miss, a death, a broken rule) is told to everybody who waits, ends the check and the
process, and is raised again when the check is over, in case the test swallowed it.
"""

from __future__ import annotations

import atexit
import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.grade.collect import collect
from grader.grade.gateway import Gateway
from grader.grade.parent import Child, nonce, reading_loop
from grader.grade.pending import Asked, AskedAsync, Pending
from grader.grade.protocol import Violation
from grader.grade.raising import SubmissionGone
from grader.grade.sandbox import Room, exchange

if TYPE_CHECKING:
    from grader.grade.lending import Lending
    from grader.replay.tape import Tape

Message = dict[str, Any]
LOADING = 20.0  # seconds for importing the submission and the SDKs that it uses
ENDING = 5.0  # seconds for its tasks to end when a check is over
BUDGET = 180.0  # seconds for one submission: endless loops in every check must not hold up the cohort


class Remote:
    """One submission: a process at a time, and the check that is running."""

    def __init__(self, folder: Path, slug: str) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True)
        self.folder, self.slug = Path(self._home.name) / "graded", slug
        self.scratch = Path(self._home.name) / "scratch"
        self.folder.mkdir()
        self.scratch.mkdir()
        collect(folder, slug, self.folder)  # refused, the folder goes with this object
        package = self.folder / slug / "__init__.py"
        self.file = package if package.is_file() else self.folder / f"{slug}.py"
        self.order: Message = {"kind": "load", "slug": slug, "file": str(self.file), "async": False}
        self.lending: Lending
        self.child: Child | None = None
        self.tape: Tape | None = None
        self.gateway = Gateway(self.tell, self.end)
        self.pending: dict[str, Pending] = {}
        self.ended: BaseException | None = None
        self.threads: set[int] = set()  # those of this check, by their numbers
        self.until = time.monotonic() + BUDGET
        self._lock, self._loading = threading.RLock(), threading.Lock()
        self._loaded: Asked | None = None
        self.said: Message = {}
        atexit.register(self.close)

    # Asking.

    def ask(self, **message: Any) -> Message:
        """Ask from a thread that waits; returns the final answer. Raises what ended the check."""
        return self._put(Asked(self), message).wait()

    async def ask_async(self, **message: Any) -> Message:
        """Ask from a task; cancelling it cancels the call in the process."""
        return await self._put(AskedAsync(self), message).wait()

    def _put(self, pending: Any, message: Message) -> Any:
        self.ready()
        with self._lock:
            if self.ended is not None:
                raise self.ended
            self.threads.add(pending.place["thread"])
            self._post(pending, message)
        return pending

    def _post(self, pending: Any, message: Message) -> None:
        pending.nonce = nonce()
        self.pending[pending.nonce] = pending
        self.tell({**message, "call": pending.nonce, **pending.place})

    def tell(self, message: Message) -> None:
        """Send a message that expects no answer; a process that has ended does not get it."""
        if self.child is not None and not self.child.dead:
            self.child.send(message)

    def verdict(self) -> BaseException:
        """What ended the check."""
        return self.ended or SubmissionGone("The submission's process was ended.")

    # The process.

    def start(self) -> None:
        """Start a process and let it load the submission, without waiting."""
        if self.child is not None and not self.child.dead:
            return
        self.child = Child(self, Room(self.folder, self.scratch, exchange()))
        self._loaded = Asked(self, thread=0)
        with self._lock:
            self._post(self._loaded, self.order)

    def ready(self) -> Message:
        """Wait until the submission is loaded; returns what its process said. Raises what ended the check."""
        with self._loading:
            if self.ended is not None:
                raise self.ended
            if self._loaded is not None:
                loaded, self._loaded = self._loaded, None
                self.said = loaded.wait(LOADING)
                if self.said["kind"] != "loaded":
                    self.end(SubmissionGone("The submission's process could not load it."))
                    raise self.verdict()
            return self.said

    def take(self, child: Child, message: Message) -> None:
        """One message of the process, in the reading thread. Raises Violation."""
        if child is not self.child:
            return
        kind = message["kind"]
        try:
            if kind == "http":
                self.gateway.start(self.tape, message)
            elif kind == "more":
                self.gateway.more(message["id"])
            elif kind == "close":
                self.gateway.close(message["id"])
            else:
                self._deliver(kind, message)
        except (Violation, SubmissionGone):
            raise
        except BaseException as reason:  # a miss, above all
            self.end(reason)

    def _deliver(self, kind: str, message: Message) -> None:
        with self._lock:
            if kind == "callback":
                waiting = self.pending.get(message["call"]) or next(reversed(self.pending.values()), None)
            elif kind == "cancel":
                for each in self.pending.values():
                    each.cancel_callback(message["id"])
                return
            else:
                waiting = self.pending.pop(message["call"], None)
        if waiting is not None:
            waiting.deliver(message)
        elif kind == "callback":
            self.tell({"kind": "answer", "id": message["id"], "error": _nobody()})
        else:
            raise Violation("it answered a question twice, or one that nobody asked")

    def lost(self, child: Child, reason: BaseException) -> None:
        """The process ended or broke a rule."""
        if child is self.child:
            self.end(reason)

    def end(self, reason: BaseException) -> None:
        """End the check: kill the process and tell everybody who waits."""
        with self._lock:
            first, self.ended = self.ended is None, self.ended or reason
            waiting, self.pending = list(self.pending.values()), {}
            if self.child is not None:
                self.child.kill()
        for each in waiting:
            each.deliver({"kind": "lost"})
        if first:
            reading_loop().call_soon_threadsafe(self.gateway.close_all)

    # One check.

    @contextlib.contextmanager
    def around(self, tape: Tape | None) -> Iterator[None]:
        """One check with its tape. Raises what ended it, in case the test swallowed that."""
        self._begin(tape)
        try:
            yield
        except BaseException:
            self._finish()
            raise
        self._finish()
        if self.ended is not None:
            raise self.ended

    def _begin(self, tape: Tape | None) -> None:
        with self._lock:
            self.tape, self.ended = tape, None
            self.threads.clear()
        if time.monotonic() > self.until:
            raise SubmissionGone(f"The {BUDGET:g} s for this submission are used up: this check was not run.")
        self.start()
        assert self.child is not None
        self.child.heard = 0

    def _finish(self) -> None:
        """Let the process end what it started in this check; more of it than that is trouble."""
        try:
            if self.pending and self.threads:
                self._drop()
            elif self.ended is None:
                for thread in sorted(self.threads):
                    left = self._put(Asked(self, thread), {"kind": "end"}).wait(ENDING)
                    if left["kind"] == "error":
                        self.end(self.lending.error(left["error"]))
        except (SubmissionGone, Violation) as reason:
            self.end(reason)
        finally:
            with self._lock:
                self.tape = None
            self.lending.forget()

    def _drop(self) -> None:
        """The test left calls that nobody waits for: end them with their process; that fails nobody."""
        before = self.ended
        self.end(SubmissionGone("The check was over before this call was."))
        self.ended = before

    def close(self) -> None:
        """End the process and remove its files."""
        self.end(SubmissionGone("The submission's process was ended."))
        if self.child is not None:
            self.child.join()
        self._home.cleanup()


def _nobody() -> Message:
    return {"type": "RuntimeError", "args": ["the call is over"], "text": "the call is over", "asked": 0}
