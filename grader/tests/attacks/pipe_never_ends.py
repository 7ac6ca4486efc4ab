"""A message without an end."""

import os
import struct

from reply.pipe import NoNumber, runner

__all__ = ["NoNumber"]


def number(text):
    os.write(runner()[0].wire.sink, struct.pack(">I", 0xFFFFFFFF))
    while True:
        os.write(runner()[0].wire.sink, b"x" * 65_536)


def ask(*_, **__):
    os.write(runner()[0].wire.sink, b'{"passed": true}\n' * 100_000)


vote = aloud = patient = ask
