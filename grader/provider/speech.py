"""How does a script become words? A sample in a voice, shaped to the request's tools, stops and limit."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from grader.provider.ask import Ask
from grader.provider.readers import READERS
from grader.provider.schema import example, violation
from grader.provider.script import Fault, Sample, Scenario, ScriptError, Turn
from grader.provider.tokens import count, truncate


@dataclass(frozen=True)
class Call:
    """A tool call of the model; `arguments` is text, usually JSON."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True)
class Pick:
    """Where a reply comes from; `draw` is the sample's number from 1, `fault` the one due now."""

    scenario: Scenario
    turn: Turn
    sample: Sample
    draw: int
    voice: int
    fault: Fault | None


@dataclass(frozen=True)
class Reply:
    """What is said, how, and what goes wrong; `reasoning` in tokens, `delay` and `chunk` in seconds."""

    text: str
    calls: tuple[Call, ...] = ()
    refusal: str | None = None
    finish: str = "stop"
    stopped_by: str | None = None
    thinking: str = ""
    reasoning: int = 0
    confidence: float | None = None
    alternatives: tuple[tuple[str, float], ...] = ()
    delay: float = 0.0
    chunk: float = 0.0
    chunk_size: Any = 1
    fault: Fault | None = None
    name: str | None = None

    def output_tokens(self, provider: str) -> int:
        """Everything that is paid as output: words, calls and reasoning."""
        said = (self.text, self.refusal or "", *(part for c in self.calls for part in (c.name, c.arguments)))
        return sum(count(part, provider) for part in said) + self.reasoning

    def chunks(self) -> list[str]:
        """The text as it is streamed, in the script's pieces."""
        return split(self.text, self.chunk_size)


def speak(ask: Ask, pick: Pick) -> Reply | None:
    """The reply of a script, or None when it has nothing that this request could get."""
    sample = pick.sample
    fault = pick.fault or (sample if sample.faulty else None)
    words, calls = _words(ask, pick), _calls(ask, pick)
    if ask.forced and not calls and words is not None:
        calls, words = (Call(ask.forced, words),), None
    if words is None and not calls and sample.refusal is None and fault is None:
        return None
    reply = _reply(ask, pick, words or "", calls, fault)
    bound = ask.strict and not pick.scenario.loose
    if bound and fault is None and sample.refusal is None and reply.finish == "stop":
        _keep_promise(ask, reply, pick.scenario.key)
    return bounded(reply, ask)


def _reply(ask: Ask, pick: Pick, words: str, calls: tuple[Call, ...], fault: Fault | None) -> Reply:
    """Words and calls with everything that the script says about them."""
    sample, turn, scenario = pick.sample, pick.turn, pick.scenario
    return Reply(
        text=words,
        calls=calls,
        refusal=sample.refusal,
        finish=sample.finish or ("tool_calls" if calls else "stop"),
        thinking=(sample.thinking or "") if ask.thinks else "",
        reasoning=_reasoning(ask, sample),
        confidence=sample.confidence,
        alternatives=tuple(sample.alternatives.items()),
        delay=scenario.delay if turn.delay is None else turn.delay,
        chunk=scenario.chunk if turn.chunk is None else turn.chunk,
        chunk_size=_size(pick, words),
        fault=fault,
        name=turn.name if pick.fault in (None, turn) else None,  # a first fault is not the step itself
    )


def _keep_promise(ask: Ask, reply: Reply, key: str) -> None:
    """A strict schema binds a vendor's words. Raises ScriptError for a script that breaks it."""
    try:
        wrong = violation(json.loads(reply.text), ask.schema or {})
    except ValueError:
        wrong = "the reply is not JSON"
    if wrong:
        raise ScriptError(
            f"{key}: {wrong}, but the request has a strict schema, which vendors keep. "
            "Say something that fits, end with `finish: length` or a `refusal`, or let the server break "
            "its promise: `loose: true`."
        )


def default(ask: Ask, known: list[Scenario]) -> Reply:
    """The honest line for a question without a script, in the form that the request demands."""
    titles = "; ".join(s.title for s in known if s.match) or "none yet"
    line = (
        "This is the stand-in provider of the course, not a language model. "
        f"It has no script for {ask.question[:120]!r}. It has words for: {titles}."
    )
    if ask.forced:
        return Reply("", calls=(Call(ask.forced, json.dumps({"stand_in": line})),), finish="tool_calls")
    if ask.format == "json_schema":
        return Reply(json.dumps(example(ask.schema or {}, line), ensure_ascii=False))
    if ask.format == "json_object":
        return Reply(json.dumps({"stand_in": line}, ensure_ascii=False))
    return Reply(line)


def bounded(reply: Reply, ask: Ask) -> Reply:
    """The reply, cut at the first stop sequence and at the token limit (reasoning counts towards it)."""
    found = [(at, stop) for stop in ask.stop if (at := reply.text.find(stop)) >= 0]
    if found:
        at, stop = min(found)
        reply = replace(reply, text=reply.text[:at], finish="stop", stopped_by=stop)
    if ask.limit is None or reply.output_tokens(ask.provider) <= ask.limit:
        return reply
    reasoning = min(reply.reasoning, ask.limit)
    calls = reply.calls if not reply.text else ()
    calls = tuple(
        replace(c, arguments=truncate(c.arguments, ask.limit - reasoning, ask.provider)) for c in calls
    )
    text = truncate(reply.text, ask.limit - reasoning, ask.provider)
    return replace(reply, text=text, calls=calls, reasoning=reasoning, finish="length", stopped_by=None)


def split(text: str, size: Any) -> list[str]:
    """`text` in chunks: `size` words each, or characters per chunk in a cycle, or the given pieces.

    A text that a limit has cut keeps the lengths of its pieces.
    """
    if isinstance(size, int):
        words = re.findall(r"\s*\S+|\s+", text)
        return ["".join(words[i : i + size]) for i in range(0, len(words), max(size, 1))]
    if size and isinstance(size[0], str):
        return list(size) if "".join(size) == text else split(text, [len(piece) for piece in size])
    found, at, turn = [], 0, 0
    while at < len(text):
        step = max(size[turn % len(size)], 1)
        found.append(text[at : at + step])
        at, turn = at + step, turn + 1
    return found


def _size(pick: Pick, words: str) -> Any:
    """The chunk size for this voice. Pieces that are not the text's own are a mistake of the script."""
    size: Any = pick.scenario.chunk_size if pick.turn.chunk_size is None else pick.turn.chunk_size
    if isinstance(size, list) and size and isinstance(size[0], list):
        size = size[(pick.voice - 1) % len(size)]
    if isinstance(size, list) and isinstance(size[0], str) and words and "".join(size) != words:
        raise ScriptError(
            f"{pick.scenario.key}: the pieces under `chunk_size` give {''.join(size)!r}, "
            f"but the text is {words!r}. Make them the same."
        )
    return size


def _words(ask: Ask, pick: Pick) -> str | None:
    """What the sample says in this voice; a reader computes it."""
    sample = pick.sample
    if sample.reader is not None:
        if sample.reader not in READERS:
            known = ", ".join(sorted(READERS))
            raise ScriptError(
                f"{pick.scenario.key}: reader {sample.reader!r} does not exist. Known: {known}."
            )
        settings = {**sample.settings, "voice": pick.voice, "sample": pick.draw}
        return dumped(READERS[sample.reader](ask.plain(), settings))
    return None if sample.say is None else dumped(voiced(sample.say, pick.voice))


def _calls(ask: Ask, pick: Pick) -> tuple[Call, ...]:
    """The sample's tool calls, those that the request offers."""
    offered = [call for call in pick.sample.tool_calls if call.name in ask.tools]
    return tuple(Call(c.name, dumped(voiced(c.arguments, pick.voice)), c.id) for c in offered)


def _reasoning(ask: Ask, sample: Sample) -> int:
    """Tokens of the thought: as the script says, else counted; 0 where thinking is switched off."""
    if not ask.thinks:
        return 0
    return count(sample.thinking or "", ask.provider) if sample.reasoning is None else sample.reasoning


def voiced(words: Any, voice: int) -> Any:
    """The entry of a voice (from 1); fewer entries than voices start over."""
    return words[(voice - 1) % len(words)] if isinstance(words, list) else words


def dumped(words: Any) -> str:
    """Text as it stands, anything else as JSON."""
    return words if isinstance(words, str) else json.dumps(words, ensure_ascii=False, default=str)
