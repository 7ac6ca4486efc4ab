"""Which model is "fast", what does it accept, and what does it cost? Tiers come from `models.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("models.toml")
TIERS = ("fast", "balanced", "smart")
# DeepSeek's price depends on the hour (UTC): pin a moment, so that a figure is the same on every day.
PRICED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class UnknownTier(LookupError):
    """No such tier or provider; the message lists those that exist."""


class UnknownPrice(LookupError):
    """The model has no price in the table: an unknown price is refused, never read as zero."""


@dataclass(frozen=True)
class Usage:
    """Tokens of one call or of several: `input_tokens` counts everything sent, cached or not."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, f) + getattr(other, f) for f in self.__dataclass_fields__))

    @property
    def total_tokens(self) -> int:
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Capabilities:
    """What a model accepts; `cache_minimum` is in tokens, 0 where the vendor states none."""

    provider: str
    temperature: bool
    logprobs: bool
    cache: str
    cache_minimum: int
    batch: bool
    retires: date | None = None
    price: str | None = None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


def model(tier: str, provider: str = "openai") -> str:
    """The model id behind a tier (`fast`, `balanced`, `smart`) of a provider."""
    tiers = _table()["tiers"]
    if provider not in tiers:
        raise UnknownTier(f"{provider!r} is not a known provider. Known providers: {', '.join(tiers)}.")
    if tier not in tiers[provider]:
        raise UnknownTier(f"{tier!r} is not a tier of {provider}. Use one of {', '.join(tiers[provider])}.")
    return str(tiers[provider][tier])


def tier_of(model_id: str | None) -> str | None:
    """The first tier that a model id serves, or None for a model the table does not name."""
    for tiers in _table()["tiers"].values():
        for tier, name in tiers.items():
            if name == model_id:
                return str(tier)
    return None


def capabilities(model_id: str) -> Capabilities:
    """What the model accepts. Raises UnknownTier for a model the table does not name."""
    known = _table()["models"]
    if model_id not in known:
        raise UnknownTier(f"{model_id!r} is not in models.toml. Known models: {', '.join(known)}.")
    return Capabilities(**known[model_id])


def cost(usage: Usage, model_id: str, *, batch: bool = False) -> Decimal:
    """Dollars for `usage` on `model_id`. Raises UnknownPrice when the price table does not know the model."""
    known = _table()["models"].get(model_id, {})
    if known.get("price") == "self-hosted":
        return Decimal(0)
    from genai_prices import Usage as Tokens  # late: the price table costs 0.2 s to import
    from genai_prices import calc_price

    tokens = Tokens(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cached_tokens,
        cache_write_tokens=usage.cache_write_tokens,
    )
    context: dict[str, Any] = {"price_context": {"processing": "batch"}} if batch else {}
    try:
        found = calc_price(
            tokens,
            model_ref=model_id,
            provider_id=known.get("provider"),
            genai_request_timestamp=PRICED_AT,
            **context,
        )
    except LookupError as reason:
        raise UnknownPrice(
            f"No price is known for {model_id!r}: refuse the call or add the price."
        ) from reason
    return found.total_price
