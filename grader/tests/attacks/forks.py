"""Lets two processes answer one question."""

import os


class NoNumber(ValueError):
    pass


def fork(*_, **__):
    os.fork()
    return 24


number = ask = vote = aloud = patient = fork
