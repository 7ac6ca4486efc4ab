"""What module 07 is given: its store, and what counts as an amount."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest

from grader import meter
from grader.meter import amount, hours, log, opened


def test_whoever_begins_a_new_store_waits_for_others(tmp_path: Path) -> None:
    """SQLite does not wait for the file's format: "database is locked" at once, while another writes."""
    path = str(tmp_path / "guard.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("CREATE TABLE mine (number)")
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO mine VALUES (1)")
        later = threading.Timer(0.3, other.execute, ["COMMIT"])
        later.start()
        try:
            with opened(path) as store:
                assert store.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        finally:
            later.join()


def test_a_store_that_stays_locked_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for it waits no longer than WAIT, for the file's format as for a statement."""
    monkeypatch.setattr(meter, "WAIT", 0.2)
    path = str(tmp_path / "guard.sqlite")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError, match="locked"), opened(path):
            pass


def test_what_is_not_committed_is_undone(tmp_path: Path) -> None:
    path = str(tmp_path / "guard.sqlite")
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        store.execute("INSERT INTO bucket VALUES ('ada', 1, 0)")
    with opened(path) as store:
        assert store.execute("SELECT count(*) FROM bucket").fetchone() == (0,)


@pytest.mark.parametrize("dollars", ["0", "1E-12", "1000000.000000000001"])
def test_an_amount_keeps_every_digit(dollars: str) -> None:
    assert Decimal(amount(Decimal(dollars))) == Decimal(dollars)


@pytest.mark.parametrize("dollars", [1, 0.5, "1", None])
def test_what_is_no_decimal_is_no_amount(dollars: object) -> None:
    with pytest.raises(TypeError, match="is not a Decimal"):
        amount(dollars)  # type: ignore[arg-type]


def test_hours_have_what_was_spent_and_what_expired(tmp_path: Path) -> None:
    """An open reservation is a worst case and no spending; hours in which nothing happened are zero."""
    path = str(tmp_path / "guard.sqlite")
    now = 1_000_000.0
    rows = [
        ("1", now + 600, None, None),  # open
        ("2", now - 7200 - 5, None, None),  # expired in the hour before the hour before
        ("3", now, "0.5", now - 5),  # settled in this hour
        ("4", now, "0.25", now + 5),  # settled by a clock that is ahead
    ]
    with opened(path) as store:
        query = "INSERT INTO spend (tenant, reserved, expires, spent, closed) VALUES ('shop', ?, ?, ?, ?)"
        store.executemany(query, rows)

    assert hours(path, now) == ([Decimal(2), Decimal(0)], Decimal("0.75"))
    assert hours(str(tmp_path / "new.sqlite"), now) == ([], Decimal(0))


@pytest.mark.parametrize(("who", "why"), [("", "costs"), ("ada", " ")])
def test_the_log_has_no_blanks(tmp_path: Path, who: str, why: str) -> None:
    with pytest.raises(ValueError, match="Say who"):
        log(str(tmp_path / "guard.sqlite"), 0.0, who, "close", why)
