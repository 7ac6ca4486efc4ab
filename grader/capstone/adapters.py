"""The learner's adapters of 02_adapters make the capstone's calls: one reply whole, no stream, no retries."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from grader.capstone.endings import ProviderFailed
from grader.capstone.files import loaded, open_functions, shown
from grader.capstone.hosts import HOSTS, KEYS
from grader.capstone.run import Completion, Messages
from grader.course import Module
from grader.models import Usage

MODULE = Module("02_adapters")
# The functions of 02 that one call goes through: the provider's own format, usage, the names of failures.
NEEDED = {
    "openai": {"ask_openai", "usage_of", "error_of"},
    "deepseek": {"ask_openai", "usage_of", "error_of"},
    "anthropic": {"ask_anthropic", "usage_of", "error_of"},
    "llama": {"llama_prompt", "usage_of", "error_of"},
}
REMEDIES = {
    "CutStream": "Is it running?",
    "TimedOut": "Is it running?",
    "BadKey": "Check the key in {key}.",
    "BadRequest": "Check --base-url ({ending}) and the model.",
}
ENDINGS = {"openai": "OpenAI's usually ends in /v1", "anthropic": "Anthropic's has no /v1",
           "deepseek": "it may end in /v1", "llama": "/generate is added to it"}  # fmt: skip
MAX_TOKENS, TIMEOUT = 2_000, 60  # per reply; seconds
made: Counter[str] = Counter()  # calls that went through the adapters, by provider


@dataclass
class Adapters:
    """One provider behind the `complete` of 02."""

    provider: str
    tier: str
    base_url: str | None

    def __call__(self, messages: Messages) -> Completion:
        """One call. Raises ProviderFailed, also for what is wrong in the adapter itself."""
        made[self.provider] += 1
        adapters = yours()
        host = (self.base_url or HOSTS.get(self.provider) or "").rstrip("/") or None
        config = {"provider": self.provider, "tier": self.tier, "base_url": host,
                  "max_tokens": MAX_TOKENS, "timeout": TIMEOUT}  # fmt: skip
        try:
            return _completion(adapters.complete(config, messages))
        except (NotImplementedError, ProviderFailed):
            raise
        except Exception as reason:
            kind = type(reason).__name__
            remedy = REMEDIES.get(kind, "").format(key=KEYS[self.provider], ending=ENDINGS[self.provider])
            words = f"your adapter raised {kind}: {reason}".rstrip(".")
            raise ProviderFailed(f"{words}{_place(reason)}. {remedy}".rstrip()) from reason


def _place(reason: BaseException) -> str:
    """Where the learner's file raised it, unless it is one of the failures that 02 has names for."""
    if type(reason).__module__ == MODULE.slug:
        return ""
    frames = traceback.extract_tb(reason.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(MODULE.starter)]
    return f" ({shown(MODULE, MODULE.starter)}:{lines[-1]})" if lines else ""


def _completion(reply: Any) -> Completion:
    """A reply of 02, of whatever class, as the capstone's own. Raises ProviderFailed if it is none."""
    from grader.contract.plain import NotPlain, plain  # late: as the checks of 02 read it

    try:
        said = plain(reply, "complete()")
        text, usage, finish = said["text"], Usage(**said["usage"]), said["finish"]
        if not isinstance(text, str) or not isinstance(finish, str):
            raise TypeError(f"text is {text!r:.60}, finish is {finish!r:.60}")
    except (NotPlain, KeyError, TypeError) as reason:
        words = f"your adapter returned no text, usage and finish ({type(reason).__name__}: {reason})."
        raise ProviderFailed(f"{words} Grade it: pytest exercises/{MODULE.key}") from reason
    return Completion(text, usage, finish)


@cache  # the SDKs behind it take seconds to import
def yours() -> ModuleType:
    """The learner's file of 02, imported once per process."""
    return loaded(MODULE, MODULE.starter)


def missing(provider: str) -> set[str]:
    """The functions that a call to this provider goes through, and that are still to be written."""
    return NEEDED[provider] & open_functions(MODULE)
