"""How much may a recording cost? The worst case is reserved before each call, the actual settled after it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from threading import Lock
from typing import Any

from grader.models import UnknownPrice, Usage, cost

# A model that is not told where to stop may write this much: no current model's ceiling is higher.
MOST_OUTPUT = 128_000
# Writing a prompt into a cache for an hour costs twice the input price, the dearest of all vendors' rates.
DEAREST_WRITE = 2
LIMITS = ("max_completion_tokens", "max_output_tokens", "max_tokens")
FREE = ("openai.models", "anthropic.count_tokens")


class SpendRefused(BaseException):
    """A call was not sent. A BaseException: code that catches every Exception must not go on spending."""


@dataclass(frozen=True)
class Reservation:
    """What one call may cost at most, in dollars."""

    number: int
    model: str | None
    most: Decimal
    batch: bool = False


@dataclass
class Budget:
    """A cap in dollars, or None for none; `spent` counts what was settled, `held` what is still reserved."""

    cap: Decimal | None = None
    spent: Decimal = Decimal(0)
    usage: Usage = field(default_factory=Usage)
    calls: int = 0
    refused: list[str] = field(default_factory=list)
    _held: dict[int, Decimal] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def held(self) -> Decimal:
        return sum(self._held.values(), Decimal(0))

    def reserve(self, operation: str, body: Any) -> Reservation:
        """Hold the worst case of one call. Raises SpendRefused for an unknown price and past the cap."""
        try:
            most, model, batch = worst_case(operation, body)
        except UnknownPrice as reason:
            raise self._refuse(str(reason)) from None
        with self._lock:  # check and hold are one step: two callers must not pass on the same dollars
            left = None if self.cap is None else self.cap - self.spent - self.held
            if left is not None and most > left:
                raise self._refuse(
                    f"{operation} may cost ${most:.6f}, and ${max(left, Decimal(0)):.6f} of the cap"
                    f" ${self.cap} is left. Limit the answer's tokens in the reference, or raise --cap."
                )
            self.calls += 1
            self._held[self.calls] = most
            return Reservation(self.calls, model, most, batch)

    def settle(self, reservation: Reservation, usage: Usage) -> Decimal:
        """Replace what was held by what the reported usage costs, in dollars."""
        actual = cost(usage, reservation.model, batch=reservation.batch) if reservation.model else Decimal(0)
        with self._lock:
            self._held.pop(reservation.number, None)
            self.spent += actual
            self.usage += usage
        return actual

    def keep(self, reservation: Reservation) -> None:
        """Count the worst case as spent: the call broke or is billed later, and the vendor may charge it."""
        with self._lock:
            self.spent += self._held.pop(reservation.number, Decimal(0))

    def _refuse(self, why: str) -> SpendRefused:
        self.refused.append(why)
        return SpendRefused(why)


def worst_case(operation: str, body: Any) -> tuple[Decimal, str | None, bool]:
    """Dollars that a call can cost at most, its model, and whether batch prices hold. Raises UnknownPrice."""
    if operation in FREE or body is None:
        return Decimal(0), None, False
    if operation == "openai.files" or operation.endswith(".batches"):
        lines = _batched(body)
        return sum((_one(line, batch=True) for line in lines), Decimal(0)), None, True
    if not isinstance(body, dict) or not body.get("model"):
        raise UnknownPrice(f"{operation} names no model, so its price is unknown: refuse the call.")
    return _one(body, batch=False), str(body["model"]), False


def _one(body: Mapping[str, Any], *, batch: bool) -> Decimal:
    # A token is at least one byte, so the bytes sent bound the tokens of any tokenizer.
    text = json.dumps(body, ensure_ascii=False)
    sent = len(text.encode("utf-8", "replace"))
    if "cache" in text:
        sent *= DEAREST_WRITE
    asked = [body[name] for name in LIMITS if isinstance(body.get(name), int)]
    output = (asked[0] if asked else MOST_OUTPUT) * int(body.get("n") or 1)
    embeds = "input" in body and "messages" not in body and "instructions" not in body
    worst = Usage(input_tokens=sent, output_tokens=0 if embeds else output)
    return cost(worst, str(body.get("model")), batch=batch)


def _batched(body: Any) -> list[Mapping[str, Any]]:
    """The single requests of a batch: Anthropic's list, or the JSON lines of an uploaded file."""
    if isinstance(body, dict):
        found = [item.get("params") for item in body.get("requests") or [] if isinstance(item, dict)]
        return [params for params in found if isinstance(params, dict)]
    bodies = []
    for line in str(body).splitlines():
        try:
            item = json.loads(line)
        except ValueError:
            continue
        if isinstance(item, dict) and isinstance(item.get("body"), dict):
            bodies.append(item["body"])
    return bodies
