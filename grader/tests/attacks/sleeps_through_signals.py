"""Never answers, and does not listen to requests to stop."""

import contextlib
import signal
import time


class NoNumber(ValueError):
    pass


def sleep(*_, **__):
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
        with contextlib.suppress(ValueError):
            signal.signal(name, signal.SIG_IGN)
    while True:
        time.sleep(1000)


def nothing(*_, **__):
    return None


number = sleep
ask = vote = aloud = patient = nothing
