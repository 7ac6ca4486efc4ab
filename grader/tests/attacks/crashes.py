"""Ends its process by a signal, and by a stack without end."""

import ctypes


class NoNumber(ValueError):
    pass


def crash(*_, **__):
    ctypes.string_at(0)


def dive(*_, **__):
    return dive()


def ask(question):
    nested = []
    for _ in range(100_000):
        nested = [nested]
    return nested


number = vote = crash
aloud = patient = dive
