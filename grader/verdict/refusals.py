"""Would the vendor have taken it? A recording answers any request; the vendor's own rules do not.

Asked only after a check has passed: what a check says in the lesson's words comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from grader.replay.ledger import Call

# Only the vendors' own hosts: what another server takes is its own affair.
HOSTS = {"api.openai.com": "OpenAI", "api.anthropic.com": "Anthropic", "api.deepseek.com": "DeepSeek"}
KEYS = ("authorization", "x-api-key")


class Refused(Exception):
    """A request that was answered from the recording, and that its vendor would have refused."""

    def __init__(self, number: int, vendor: str, status: int, words: str) -> None:
        super().__init__(f"{vendor} would refuse call {number} with {status}: {words}")
        self.number = number


def refused(calls: list[Call]) -> Refused | None:
    """The first call that its vendor would not have taken; those that the vendor failed are left out."""
    for call in calls:
        vendor = HOSTS.get(urlsplit(call.url).hostname or "")
        if vendor and call.reply and 0 < call.reply.status < 400:
            if foreign := _foreign_key(call, vendor):
                words = f"it got {foreign}, another vendor's key, and whoever reads it there can use it."
                return Refused(call.number, vendor, 401, words)
            fault = _fault(call)
            if fault:
                where = f" ({fault.param})" if fault.param and fault.param not in fault.message else ""
                return Refused(call.number, vendor, fault.status, fault.message + where)
    return None


def _foreign_key(call: Call, vendor: str) -> str:
    """The variable of a key that went to another vendor's host; empty for its own and for unknown ones."""
    from grader.replay.ledger import PLACEHOLDER

    sent = [PLACEHOLDER.fullmatch(call.headers.get(name, "")) for name in KEYS]
    names = [found[1] for found in sent if found and not found[1].startswith(vendor.upper())]
    return names[0] if names else ""


def _fault(call: Call) -> Any:
    """The stand-in's refusal of a call, or None; it has no rules for other operations than these two."""
    from grader.provider import (
        anthropic_rules,
        openai_rules,
    )  # late: only a check that passed with calls asks
    from grader.provider.errors import ProviderError

    version = call.headers.get("anthropic-version", anthropic_rules.CURRENT)
    try:
        if call.facts.operation == "openai.chat":
            openai_rules.check_chat(call.body)
        elif call.facts.operation == "anthropic.messages":
            anthropic_rules.check_messages(call.body, version)
    except ProviderError as fault:
        return fault
    return None
