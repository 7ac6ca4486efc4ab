"""Token economics: bill what was used, reserve before you spend, and refuse when you cannot know.

Money is Decimal from end to end, moments are seconds that the caller passes in, and the store is the SQLite
file at `path`, which every worker of the shop shares.
Grade it: pytest exercises/07_cost
"""

from __future__ import annotations

import hashlib
import hmac
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from statistics import median
from typing import Any

import httpx2

from grader.meter import Bill, Limits, Refused, Totals, UnknownUsage, amount, bound, hours, log, opened, send
from grader.models import UnknownPrice, Usage, cost

WINDOWS = {"hour": 3600.0, "day": 86400.0}
HOLD = 600.0  # seconds after which a reservation expires
FREE = {400, 401, 403, 404, 413, 422, 429}  # statuses that surely cost nothing
COLD, WARM, DAY = Decimal(5), 6, 24  # dollars per hour; hours; hours
SPREADS, LEAST, CREEP = 6, Decimal("0.1"), 3
KEY = "GUARD_TOKEN_SHA256"
Body = dict[str, Any]


def usage_of(body: Body) -> Usage:
    """The tokens of one reply, from its body as the provider sent it.

    OpenAI and DeepSeek count in `prompt_tokens` everything that was sent. What of it was read from the cache
    stands in `prompt_tokens_details` as `cached_tokens`, or beside these as `prompt_cache_hit_tokens`; what
    was written stands in the details as `cache_write_tokens`. Anthropic counts beside its `input_tokens` what
    the cache read and wrote (`cache_read_input_tokens`, `cache_creation_input_tokens`): Usage wants the sum.
    Reasoning is a part of what was made: `reasoning_tokens` in `completion_tokens_details`, `thinking_tokens`
    in `output_tokens_details`. A detail that is missing or null is zero.
    Raises UnknownUsage without one of the two main counts, sent and made: what is not known is not free.
    """
    raise NotImplementedError("Task 1: bill what came back")


def bill(bodies: Iterable[Body], batch: bool = False) -> Bill:
    """What the replies used and cost together, each at the price of the model that its body names.

    Refusals, cut replies and those that nobody could read were paid for, so they count. A `batch` has its own
    price. Raises UnknownPrice or UnknownUsage if one of them cannot be priced: there is no sum of the rest.
    """
    raise NotImplementedError("Task 1: add up what all replies cost, or refuse")


def totals(calls: Iterable[dict[str, Any]]) -> Iterator[Totals]:
    """The Totals after each call: everything up to and with it.

    A call has a `body`, None when no reply came back, and is `useful` or not. A call that is not useful is a
    failure, and its body was paid for. The hit rate is the share of all tokens sent that the cache read, 0
    as long as nothing was sent; `per_useful` is all dollars over the useful answers, None without any.
    """
    raise NotImplementedError("Task 2: accumulate over the calls")


def worst_case(request: Body) -> Decimal:
    """The most that `request`, as it would be sent, can cost.

    The input has the tokens of `bound`, the output the limit that the request itself sends: `max_tokens`, or
    `max_completion_tokens`, the greater of them, and that `n` times if it asks for `n` answers. Nobody knows
    what the cache will do, so it is the greater of two prices: nothing cached, all of the input written.
    Raises UnknownPrice, and Refused ("request") for a request whose output has no limit above zero.
    """
    raise NotImplementedError("Task 3: reserve before you spend")


def counted(store: sqlite3.Connection, tenant: str, now: float) -> dict[str, Decimal]:
    """What counts against the tenant's limits, by the names of WINDOWS, in a store that is `opened`.

    An open reservation counts in full, however old it is. Once it is settled, its dollars count for the
    length of the window after that moment. One that nobody closed expires HOLD seconds after it was made,
    because its holder was killed: it counts as if it had been settled in full at that moment.
    """
    raise NotImplementedError("Task 3: sum up what counts in each window")


def used(path: str, tenant: str, now: float) -> dict[str, Decimal]:
    """What `counted` finds in the store at `path`."""
    with opened(path) as store:
        return counted(store, tenant, now)


def reserve(path: str, tenant: str, dollars: Decimal, limits: Limits, now: float) -> int:
    """Book `dollars` for a call that is not made yet; returns the number of the reservation.

    Raises Refused ("budget"), and books nothing, if one window would hold more than its limit: reaching it is
    allowed. Many workers ask at once, so reading and booking is one transaction, begun as a writing one.
    Raises TypeError for what is no Decimal, ValueError for an amount below zero or not finite. A limit that
    is missing is an error, and not infinite.
    """
    raise NotImplementedError("Task 3: book the dollars, if every window has room")


def settle(path: str, number: int, dollars: Decimal, now: float) -> None:
    """Close a reservation with what the call cost, also if that is more than was reserved.

    Nothing is refused here: the money is spent. Late is better than never, so an expired reservation can
    still be closed. Raises LookupError for one that is closed already, or that does not exist, and TypeError
    and ValueError as `reserve` does.
    """
    raise NotImplementedError("Task 3: close the reservation with the real cost")


def release(path: str, number: int, now: float) -> None:
    """Close a reservation whose call surely cost nothing. Raises LookupError as `settle` does."""
    raise NotImplementedError("Task 3: close the reservation of a call that cost nothing")


def take(path: str, user: str, limits: Limits, now: float) -> None:
    """Take one token from the user's bucket, a row of `bucket` with its `level` at the moment `at`.

    A new bucket is full: `burst` tokens. It refills with `rate` tokens per second, parts of a token too, and
    never holds more than `burst`. Raises Refused ("bucket") below one token; its `wait` is the seconds until
    there is one, and to ask too early costs nothing. Many workers take at once, as in `reserve`; one whose
    clock is late neither fills nor drains it.
    """
    raise NotImplementedError("Task 4: take a token of the user's bucket")


def ceiling(before: list[Decimal]) -> Decimal:
    """What an hour may cost before somebody should look, given the hours before it, oldest first.

    With fewer than WARM hours it is COLD. Else it is the smaller of two, and never below COLD:
    the median of the last DAY hours (or of those that there are) plus SPREADS times their spread, where the
    spread is the median distance from that median, at least LEAST of the median; one big hour moves neither.
    And CREEP times the median of the first WARM hours, for spending that grows too slowly for the first rule.
    """
    raise NotImplementedError("Task 5: compute what an hour may cost")


def is_open(path: str) -> bool:
    """Whether calls may be made: the last "close" or "open" of `switch`, by number, says so to every worker.

    A store in which nobody has closed it is open. A store that cannot be read is closed.
    """
    raise NotImplementedError("Task 6: keep a switch in the store")


def close_switch(path: str, who: str, why: str, now: float) -> None:
    """Stop all calls, with a line of `switch`, action "close". Raises ValueError as `log` does."""
    raise NotImplementedError("Task 6: close the switch")


def open_switch(
    path: str, who: str, why: str, token: str, now: float, keys: Mapping[str, str] = os.environ
) -> None:
    """Let calls be made again, with a line of `switch`: action "open". Only a person with the token may.

    `keys[KEY]` is the SHA-256 of the token in UTF-8, as hexdigest() writes it; compare_digest compares them.
    Raises PermissionError for another token, and for any token where no hash is set; the line of that
    attempt has the action "denied". Raises ValueError as `log` does.
    """
    raise NotImplementedError("Task 6: let a person with the token open it")


def watch(path: str, now: float) -> bool:
    """Close the switch, as "guard", if the hour up to now costs more than its `ceiling`; tells if it did.

    `hours` has the hours. A switch that is closed already gets no further line, and the answer is False.
    """
    raise NotImplementedError("Task 6: close the switch above the ceiling")


def free(error: BaseException) -> bool:
    """Whether the failed call surely cost nothing.

    That is: the provider answered with a status in FREE, or no connection was made, which both SDKs raise
    from an httpx2.ConnectError. Of anything else nobody knows.
    """
    raise NotImplementedError("Task 7: guard the call")


async def guarded(
    path: str, request: Body, tenant: str, user: str, limits: Limits,
    clock: Callable[[], float], read: Callable[[Body], Any],
) -> Any:  # fmt: skip
    """One `send` of the request under all guards; returns what `read` makes of the reply's body.

    Before it, in this order: the switch is open, the worst case is within limits["request"], the user's
    bucket has a token, the worst case is reserved for the tenant. Each refuses with Refused under its own
    name, a store that fails with Refused ("store") or as a closed switch, and then no request leaves.
    After it, whatever became of it: a reply is settled at its `bill`, before anybody reads it. A call that
    failed is released if it was `free`, and else, or if it was cancelled, settled at the worst case; so is a
    reply that cannot be priced, which is read all the same. Then `watch` looks at the hour.
    What `send` or `read` raises is raised. A store that fails after the call takes its reply from nobody: the
    reservation stays, and expires as spent. `clock` tells the seconds, before and after.
    """
    raise NotImplementedError("Task 7: refuse, reserve, send, settle")
