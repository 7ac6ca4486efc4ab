"""Never answers."""


class NoNumber(ValueError):
    pass


def loop(*_, **__):
    while True:
        pass


def nothing(*_, **__):
    return None


number = loop
ask = vote = aloud = patient = nothing
