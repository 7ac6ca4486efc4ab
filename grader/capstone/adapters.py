"""The learner's adapters of 02_adapters make the capstone's calls: one reply whole, no stream, no retries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from grader.capstone.endings import ProviderFailed
from grader.capstone.files import loaded, open_tasks
from grader.capstone.hosts import HOSTS
from grader.capstone.run import Completion, Messages
from grader.course import Module
from grader.models import Usage

MODULE = Module("02_adapters")
# Which tasks of 02 one call goes through: usage, the provider's own format, the names of the failures.
TASKS = {"openai": "2 3 6", "deepseek": "2 3 6", "anthropic": "2 4 6", "llama": "2 5 6"}
FAILURES = ("RateLimited", "Overloaded", "TimedOut", "BadRequest", "BadKey")
MAX_TOKENS, TIMEOUT = 2_000, 60  # per reply; seconds
made: Counter[str] = Counter()  # calls that went through the adapters, by provider


@dataclass
class Adapters:
    """One provider behind the `complete` of 02."""

    provider: str
    tier: str
    base_url: str | None

    def __call__(self, messages: Messages) -> Completion:
        """One call. Raises ProviderFailed; a reply that broke off is billed, so it comes back as `cut`."""
        made[self.provider] += 1
        adapters = yours()
        host = self.base_url or HOSTS.get(self.provider)
        config = {"provider": self.provider, "tier": self.tier, "base_url": host,
                  "max_tokens": MAX_TOKENS, "timeout": TIMEOUT}  # fmt: skip
        try:
            reply = adapters.complete(config, messages)
        except adapters.CutStream:
            return Completion("", Usage(), "cut")
        except tuple(getattr(adapters, name) for name in FAILURES) as reason:
            raise ProviderFailed(f"your adapter raised {type(reason).__name__}: {reason}") from reason
        return _completion(reply)


def _completion(reply: Any) -> Completion:
    """A reply of 02, of whatever class, as the capstone's own. Raises ProviderFailed if it is none."""
    from grader.contract.plain import NotPlain, plain  # late: as the checks of 02 read it

    try:
        said = plain(reply, "complete()")
        return Completion(said["text"], Usage(**said["usage"]), said["finish"])
    except (NotPlain, KeyError, TypeError) as reason:
        words = f"your adapter returned no text, usage and finish ({type(reason).__name__}: {reason})."
        raise ProviderFailed(f"{words} Grade it: pytest exercises/{MODULE.key}") from reason


@cache  # the SDKs behind it take seconds to import
def yours() -> ModuleType:
    """The learner's file of 02, imported once per process."""
    return loaded(MODULE, MODULE.starter)


def written_for(provider: str) -> bool:
    """Whether no task is open that a call to this provider goes through."""
    return not set(TASKS[provider].split()) & open_tasks(MODULE).keys()
