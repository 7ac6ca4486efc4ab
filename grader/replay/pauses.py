"""How long does an SDK wait before it tries again? In a replay, hardly."""

from __future__ import annotations

import sys
from types import ModuleType

PAUSE = 0.001  # seconds


def pausing() -> list[ModuleType]:
    """The modules of loaded SDKs whose INITIAL_RETRY_DELAY (in seconds) their waiting begins with.

    A recorded answer carries its own pause as a header; a connection that broke has none.
    """
    loaded = [sys.modules.get(f"{name}._base_client") for name in ("openai", "anthropic")]
    return [sdk for sdk in loaded if sdk is not None and hasattr(sdk, "INITIAL_RETRY_DELAY")]
