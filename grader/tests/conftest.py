"""Settings of all tests of the grader."""

from __future__ import annotations

import gc
import inspect

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, not wrong: judge what generated examples give, not how long they take.
settings.register_profile("course", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("course")


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Free a client that an async test forgot here, where no event loop runs.

    An SDK's client closes its connections in whatever loop runs when it is freed: in another test's, where
    that test fails with "Event loop is closed".
    """
    if inspect.iscoroutinefunction(getattr(item, "obj", None)):
        gc.collect()
