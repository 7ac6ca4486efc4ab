"""One business function on four providers, each played on its recording."""

from __future__ import annotations

import importlib
import sys
from typing import Any

from grader.course import module
from grader.replay.tape import use

ADAPTERS = module("02_adapters")
TEXT = "Hello, I am Ada Byron. Please write to ada@engine.example."
# --8<-- [start:configs]
CONFIGS = [
    {"provider": "openai", "priority": 1},
    {"provider": "anthropic", "tier": "balanced", "priority": 2},
    {"provider": "deepseek", "base_url": "https://api.deepseek.com", "priority": 3},
    {"provider": "llama", "base_url": "http://llama.internal:8000", "priority": 4},
]
# --8<-- [end:configs]


def reference() -> Any:
    """The module's reference solution."""
    sys.path.insert(0, str(ADAPTERS.solution))
    try:
        return importlib.import_module("adapters")
    finally:
        sys.path.remove(str(ADAPTERS.solution))


def main() -> None:
    """The same call four times; only the configuration differs."""
    solved = reference()
    for config in CONFIGS:
        with use(ADAPTERS.cassette(f"user_{config['provider']}")):
            found = solved.extract_user(solved.client_for(config), TEXT)
        print(f"{config['provider']:<10} {found['name']}, {found['email']}")


if __name__ == "__main__":
    main()
