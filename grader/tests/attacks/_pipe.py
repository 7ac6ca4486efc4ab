"""Goes with every `pipe_*` attack: the submission's own end of the pipe, and the call being answered."""

import os
import re
import struct
import sys


class NoNumber(ValueError):
    pass


def runner():
    """The runner above us on the stack, and the message that it is answering."""
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "Runner" or "message" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["self"], frame.f_locals["message"]


def nonce():
    return runner()[1]["call"]


def raw(text):
    """Write one frame as it is, past every check of this side."""
    data = text if isinstance(text, bytes) else text.encode()
    os.write(runner()[0].wire.sink, struct.pack(">I", len(data)) + data)


def honest(text):
    """The right answer, so that only what is done beside it can fail a check."""
    found = re.findall(r"\d+", text)
    if not found:
        error = NoNumber(text)
        error.text = text
        raise error
    return int(found[-1])
