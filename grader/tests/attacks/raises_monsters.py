"""Raises errors that do damage when somebody looks at them."""

import os


class NoNumber(BaseException):
    pass


class Monster(Exception):
    __hash__ = None

    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__

    def __reduce__(self):
        return os._exit, (0,)

    @property
    def args(self):
        raise KeyboardInterrupt

    @property
    def __dict__(self):
        raise GeneratorExit


def bite(*_, **__):
    raise Monster("\x1b[2J", "x" * 10_000_000, Monster)


async def vote(*_, **__):
    raise KeyboardInterrupt


number = ask = aloud = patient = bite
