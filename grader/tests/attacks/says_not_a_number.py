"""Numbers that are equal to nothing, or to too much; and answers of almost the right type."""


class NoNumber(ValueError):
    pass


def number(text):
    return float("nan")


def ask(question):
    return {"said": "24 eggs", "number": float("inf")}


def patient(question, sleep):
    return True


async def vote(*_, **__):
    return 24.0 + 1e-9


async def aloud(question):
    yield float("nan")
