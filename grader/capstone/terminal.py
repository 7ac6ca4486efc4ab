"""What may be typed after `cot`, what is refused before anything is sent, and who watches the run."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from grader.capstone.adapters import Adapters
from grader.capstone.endings import BadUsage, NoKey, exit_codes
from grader.capstone.hosts import KEYS
from grader.capstone.view import View, printable
from grader.models import TIERS

Watch = Callable[[dict[str, Any]], Any]
MAX_QUESTION = 4_000  # characters
MAX_STEPS, STEPS_ALLOWED = 12, 50


class Parser(argparse.ArgumentParser):
    """Raises instead of leaving the process, so that every ending goes through `main`."""

    def error(self, message: str) -> NoReturn:
        raise BadUsage(f"{message}. See cot --help.")


def parser() -> Parser:
    """The command line."""
    cli = Parser(
        "cot",
        description="Answer a question step by step.",
        epilog=exit_codes(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    cli.add_argument("question", nargs="*", help="in quotes")
    cli.add_argument("--provider", choices=KEYS, default="openai", help="who answers; llama: your own server")
    cli.add_argument("--base-url", metavar="URL", help="another host that speaks the provider's format")
    cli.add_argument("--tier", choices=TIERS, default="fast", help="which of the provider's models")
    cli.add_argument("--model", metavar="ID", help="a model by its name, instead of a tier")
    cli.add_argument("--max-steps", type=int, metavar="N", default=MAX_STEPS, help=f"default {MAX_STEPS}")
    cli.add_argument("--budget", metavar="USD", help="refuse a call that could cost more than is left")
    cli.add_argument("--stream", action="store_true", help="show each step while it is written")
    cli.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    cli.add_argument("--trace", metavar="FILE", help="write every call to FILE, one JSON object per line")
    cli.add_argument("--mine", action="store_true", help="run your capstone; while it is open, your adapters")
    cli.add_argument("--adapters", action="store_true", help="your adapters of 02 make the calls")
    cli.add_argument("--fast", action="store_true", help="replay a recording without its pauses")
    return cli


def options(args: argparse.Namespace) -> dict[str, Any]:
    """What `solve` is called with. Raises BadUsage or NoKey before anything is sent."""
    question = printable(" ".join(args.question))
    _check_question(question)
    if not 1 <= args.max_steps <= STEPS_ALLOWED:
        raise BadUsage(f"--max-steps is {args.max_steps}. Use 1 to {STEPS_ALLOWED}.")
    if args.budget is not None and not re.fullmatch(r"(?=.*[1-9])\d{0,9}\.?\d{1,12}", args.budget):
        raise BadUsage(f"--budget is {args.budget!r}. Use dollars above zero, such as 0.05.")
    if args.base_url is not None and not _is_address(args.base_url):
        raise BadUsage(f"--base-url is {args.base_url!r}. Use an address such as http://127.0.0.1:8000/v1.")
    if args.provider == "llama" and not args.base_url:
        raise BadUsage("--provider llama is a server of your own. Name it with --base-url.")
    if args.adapters:
        _check_adapters(args)
    if not args.base_url and not os.environ.get(KEYS[args.provider], ""):
        raise NoKey(f"{KEYS[args.provider]} is not set. Set it, or name a local server with --base-url.")
    same = ("provider", "base_url", "tier", "max_steps", "budget", "stream")
    asked = {"question": question, "model_id": args.model, **{name: getattr(args, name) for name in same}}
    return asked | ({"ask": Adapters(args.provider, args.tier, args.base_url)} if args.adapters else {})


def _check_adapters(args: argparse.Namespace) -> None:
    """Refuse what the protocol of 02 cannot say."""
    if args.stream:
        raise BadUsage("Your adapters of 02 return a reply whole. Leave --stream out.")
    if args.model:
        raise BadUsage(f"Your adapters of 02 choose by tier. Use --tier in place of --model {args.model}.")


def _check_question(question: str) -> None:
    """Refuse a question that is empty or longer than a prompt should be."""
    if not question:
        raise BadUsage('The question is empty. Ask one in quotes: cot "What is 15% of 240?"')
    if len(question) > MAX_QUESTION:
        size = f"{len(question):,} characters; at most {MAX_QUESTION:,} are sent"
        raise BadUsage(f"The question has {size}. Shorten it.")


def _is_address(url: str) -> bool:
    """Whether a client can connect to it at all: scheme, host, and a port that exists."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and bool(re.fullmatch(r"[\w.:-]+", parts.hostname or ""))
            and parts.port != 0
        )
    except ValueError:  # an unfinished IPv6 address, a port above 65535
        return False


@contextmanager
def watching(args: argparse.Namespace, write: Callable[[str], Any]) -> Iterator[Watch]:
    """What gets every event: the view unless JSON is wanted, and the trace file. Raises BadUsage."""
    view: Watch = (lambda _: None) if args.json else View(write)
    if not args.trace:
        yield view
        return
    try:  # before the first call: a run that cannot be traced is not paid for
        trace = Path(args.trace).open("w", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed by `with` below
        trace.write(json.dumps({"event": "question", "question": printable(" ".join(args.question))}) + "\n")
    except OSError as reason:
        raise BadUsage(f"--trace {args.trace} cannot be written: {reason.strerror}.") from reason

    def watch(event: dict[str, Any]) -> None:
        view(event)
        if event["event"] != "text":
            trace.write(json.dumps(event) + "\n")

    with trace:
        yield watch
