"""Which system calls are closed to a submission? A filter in classic BPF, as bubblewrap reads it.

Namespaces leave these open: kernel keyrings, tracing, io_uring and eBPF, other processes' memory, and sockets
of families that belong to no network namespace, such as VSOCK, which reaches the host of a virtual machine.
Source: the kernel's Documentation/userspace-api/seccomp_filter.rst; numbers from its syscall tables.
"""

from __future__ import annotations

import errno
import platform
import socket
import struct
from dataclasses import dataclass

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
OTHER_ABI = 0x40000000  # x86-64's x32 calls have numbers of their own from here on
FAMILIES = tuple(getattr(socket, name, 0) for name in ("AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"))


@dataclass(frozen=True)
class Machine:
    """A processor's audit number, its number of `socket`, and those of the calls that are refused."""

    audit: int
    socket: int
    refused: tuple[int, ...]


# io_uring_setup, _enter, _register have the same numbers everywhere; the others follow in this order:
# ptrace, add_key, request_key, keyctl, perf_event_open, process_vm_readv, process_vm_writev, bpf, userfaultfd
URING = (425, 426, 427)
MACHINES = {
    "x86_64": Machine(0xC000003E, 41, (*URING, 101, 248, 249, 250, 298, 310, 311, 321, 323)),
    "aarch64": Machine(0xC00000B7, 198, (*URING, 117, 217, 218, 219, 241, 270, 271, 280, 282)),
}


def program(name: str | None = None) -> bytes:
    """The filter for a machine, this one unless named; empty for a processor that is not in the table."""
    machine = MACHINES.get(name or platform.machine())
    if machine is None:
        return b""
    refuse = _op(RETURN, REFUSE | errno.EPERM)
    lines = [
        _op(LOAD, ARCHITECTURE),
        _op(EQUAL, machine.audit, 1, 0),
        _op(RETURN, KILL),
        _op(LOAD, NUMBER),
        _op(AT_LEAST, OTHER_ABI, 0, 1),
        _op(RETURN, KILL),
    ]
    for number in machine.refused:
        lines += [_op(EQUAL, number, 0, 1), refuse]
    lines += [_op(EQUAL, machine.socket, 1, 0), _op(RETURN, ALLOW), _op(LOAD, FIRST_ARGUMENT)]
    for family in FAMILIES:
        lines += [_op(EQUAL, family, 0, 1), _op(RETURN, ALLOW)]
    return b"".join([*lines, _op(RETURN, REFUSE | errno.EAFNOSUPPORT)])


def _op(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    """One instruction: what to do, with which number, and how many lines to skip on each outcome."""
    return struct.pack("=HBBI", code, if_so, if_not, value)
