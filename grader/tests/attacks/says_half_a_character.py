"""Text that no file, no terminal and no report can hold."""


class NoNumber(ValueError):
    pass


def half(*_, **__):
    return {"said": "\ud800", "number": 24}


async def vote(*_, **__):
    return "\udfff"


def aloud(*_, **__):
    raise RuntimeError("\ud800")


number = ask = patient = half
