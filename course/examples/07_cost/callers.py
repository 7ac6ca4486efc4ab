"""Many callers of one budget, as one process of several: callers.py PATH KIND THREADS

Prints "ready", waits for a line, and then prints how many of its threads got their ten cents.
KIND is "reserve", or "check" for a check that comes before the booking and outside of its transaction.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

from grader.course import module
from grader.meter import Limits, Refused, opened

sys.path.insert(0, str(module("07_cost").solution))
import cost  # found by the line above

EACH, NOW = Decimal("0.10"), 1_000_000.0
LIMITS: Limits = {"request": Decimal(1), "hour": Decimal(10), "day": Decimal(10), "rate": 1.0, "burst": 5}


def check(path: str) -> None:
    """Read, decide, book: what two callers do at the same time."""
    if cost.used(path, "shop", NOW)["hour"] + EACH > LIMITS["hour"]:
        raise Refused("budget", "there is no room.")
    time.sleep(0.001)  # the call would be prepared here
    with opened(path) as store:
        row = ("shop", str(EACH), NOW + 600)
        store.execute("INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)", row)


def reserve(path: str) -> None:
    cost.reserve(path, "shop", EACH, LIMITS, NOW)


def main(path: str, kind: str, threads: str) -> None:
    """Start the threads, let them go together, and count who was admitted."""
    admitted: list[bool] = []
    together = threading.Barrier(int(threads) + 1)

    def one() -> None:
        together.wait()
        while True:
            try:
                {"check": check, "reserve": reserve}[kind](path)
                admitted.append(True)
            except Refused:
                pass
            except sqlite3.OperationalError:
                continue  # it stood in line for longer than one waits, and stands in line again
            return

    workers = [threading.Thread(target=one) for _ in range(int(threads))]
    for worker in workers:
        worker.start()
    print("ready", flush=True)
    sys.stdin.readline()
    together.wait()
    for worker in workers:
        worker.join()
    print(len(admitted), flush=True)


if __name__ == "__main__":
    main(str(Path(sys.argv[1])), *sys.argv[2:])
