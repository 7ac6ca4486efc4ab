"""Half a message, and then silence."""

import os
import struct

from reply.pipe import NoNumber, runner

__all__ = ["NoNumber"]


def number(text):
    os.write(runner()[0].wire.sink, struct.pack(">I", 1000) + b'{"kind": "value"')
    os._exit(0)


ask = vote = aloud = patient = number
