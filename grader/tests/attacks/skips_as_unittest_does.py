"""Skips the check that asks, with an exception of another library."""

import unittest


class NoNumber(ValueError):
    pass


def skip(*_, **__):
    raise unittest.SkipTest("not today")


async def vote(*_, **__):
    raise unittest.SkipTest("not today")


number = ask = aloud = patient = skip
