"""A thread of a submission's process takes messages in the order in which the test would run them."""

from __future__ import annotations

import asyncio
import threading
from queue import SimpleQueue
from typing import Any

from grader.grade.worker import Worker

Message = dict[str, Any]


class Scripted:
    """A worker in a thread, whose calls do what a test wrote for them; `said` gets their names in order."""

    def __init__(self) -> None:
        self.said: SimpleQueue[str] = SimpleQueue()
        self.before: dict[str, Any] = {}
        self.worker = Worker(None, self.run_sync, self.run_async, lambda _: self.said.put("end"))  # type: ignore[arg-type]
        threading.Thread(target=self.worker.run, daemon=True).start()

    def post(self, kind: str, call: str, task: int, *, awaited: bool = True) -> None:
        place = {"thread": 0, "loop": 1, "task": task}
        self.worker.post({"kind": kind, "call": call, "async": awaited, **place})

    def run_sync(self, message: Message) -> None:
        self.said.put(message["call"])

    async def run_async(self, message: Message) -> None:
        if message["call"] in self.before:
            await self.before[message["call"]]()
        self.said.put(message["call"])


def test_a_call_that_the_test_waits_for_is_run_while_the_loop_is_held() -> None:
    """It arrived, but its own task had not begun with it, when another task's call was answered."""
    scripted = Scripted()

    async def let_it_arrive() -> None:
        scripted.post("call", "blocking", task=2, awaited=False)
        await asyncio.sleep(0)  # it is given to its task now; that task's turn comes after this one's

    scripted.before["answered"] = let_it_arrive
    scripted.post("call", "answered", task=1)

    assert [scripted.said.get(timeout=5) for _ in range(2)] == ["answered", "blocking"]


def test_an_answered_call_holds_the_loop_until_the_test_waits() -> None:
    """No other task goes on between an answer and what the test makes of it."""
    scripted = Scripted()

    async def let_it_arrive() -> None:
        scripted.post("call", "other", task=2)
        await asyncio.sleep(0)

    scripted.before["answered"] = let_it_arrive
    scripted.post("call", "answered", task=1)
    assert scripted.said.get(timeout=5) == "answered"
    scripted.post("call", "blocking", task=3, awaited=False)
    assert scripted.said.get(timeout=5) == "blocking"
    assert scripted.said.empty()

    scripted.post("idle", "answered", task=1)
    assert scripted.said.get(timeout=5) == "other"
