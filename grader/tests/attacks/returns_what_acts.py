"""Callables and iterators in the place of values."""


class NoNumber(ValueError):
    pass


def number(text):
    return lambda *_, **__: 24


def ask(question):
    return iter([{"said": "24 eggs", "number": 24}])


def patient(question, sleep):
    return {"said": print, "number": iter([24])}


async def vote(*_, **__):
    return print


def aloud(question):
    return [].append
