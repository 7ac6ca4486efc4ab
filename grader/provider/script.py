"""What may the stand-in say? The format of `solutions/<module>/script.yaml`, as pydantic models.

    fifteen_percent:                      # a scenario; the recording of the same name is made from it
      title: What is 15% of 240           # how the playground names the question
      match: ["15%", "240"]               # playground: all words occur in the conversation (case ignored)
      by: turn                            # turn: assistant messages in the request (default)
                                          # calls: requests seen so far (votes, independent questions)
      endless: false                      # true: the last turn repeats; else the honest default line
      loose: false                        # true: a server that takes a strict schema and does not keep it
      delay: 0.4                          # default for its turns: seconds before the headers
      chunk: 0.03                         # default for its turns: seconds between stream chunks
      turns:
        - say: {step: analyze}            # a mapping is dumped as JSON; text is said as it stands
          first: {error: 429, retry_after: 2}    # served once per recording; also a list of faults
        - say: ["36.", "It is 36."]       # a list: one entry per voice (`--seed 1`, `--seed 2`)
          chunk_size: 2                   # words per chunk; [5, 1, 40] = characters per chunk, cyclic;
                                          # ["3", "6."] = these very pieces (a list of lists: one per voice)

A turn may also hold
    when: {tier: fast, says: [refund]}    # conditions, see `When`; turns whose `when` holds line up;
                                          # if there are none, the turns without `when` do;
                                          # the turn's or the call's number picks one from the line
    samples: ["A", {say: B, confidence: 0.6}, {error: 500}]
                                          # draws: the next one per request, the first at temperature 0;
                                          # after the last comes the first again. A mapping is a sample
                                          # with fields: words that are a mapping go under `say`
    tool_calls: [{name: calculate, arguments: {expression: 240*0.15}}]
                                          # made if the request offers the tool; otherwise `say` is said.
                                          # A forced tool without `tool_calls` is called with what `say` holds
    refusal: text    finish: length       # stop, length, tool_calls, content_filter, pause_turn, ...
    thinking: text   reasoning: 64        # the thought and its tokens; alone, `thinking` is counted
    confidence: 0.8  alternatives: {B: 0.15}       # probabilities behind `logprobs`
    reader: name     settings: {k: 3}     # a computed reply, see readers.py
    name: analyze                         # the step's name in the recording

Faults, always when they stand in the turn or the sample, once when under `first`:
    error: 529       retry_after: 2       message: text     # an HTTP error in the vendor's shape
    error: 529       after: 3             # the same as an error event, after 3 chunks of a stream
    cut: 3           quiet: true          # the connection breaks after 3 chunks; quiet: it merely ends
    hang: true       after: 3             # silence: from the start, or after 3 chunks
    content_type: text/html   message: "<h1>502</h1>"       # a 200 that is not what was asked for

A scenario for batches holds `batch: {polls: 2, errored: [id], expired: [id], canceled: [id], fails: false}`:
how often a status question is answered "in progress", and what becomes of single requests or of all.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Words = str | dict[str, Any] | list[str | dict[str, Any] | list[Any]]
Finish = Literal[
    "stop", "length", "tool_calls", "content_filter", "pause_turn", "model_context_window_exceeded"
]
FAULTS = ("error", "cut", "hang", "content_type")


class ScriptError(ValueError):
    """A script breaks a rule; the message names the file, the scenario, the rule and the remedy."""


class Part(BaseModel):
    """A piece of a script: an unknown field is an error, because a misspelt one would be silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Fault(Part):
    """What goes wrong: at most one of `error`, `cut`, `hang`, `content_type`; times in seconds."""

    error: int | None = Field(None, ge=400, le=599)
    retry_after: float | None = Field(None, ge=0)
    message: str | None = None
    after: int | None = Field(None, ge=0)
    cut: int | None = Field(None, ge=0)
    quiet: bool = False
    hang: bool = False
    content_type: str | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Fault:
        kinds = self._kinds()
        if len(kinds) > 1:
            raise ValueError(f"{' and '.join(kinds)} cannot both happen: keep one of them")
        return self

    @property
    def faulty(self) -> bool:
        return bool(self._kinds())

    def _kinds(self) -> list[str]:
        # By identity: a cut after 0 chunks equals False, and is a fault all the same.
        return [name for name in FAULTS if all(getattr(self, name) is not no for no in (None, False))]


class ToolCall(Part):
    """A call the model makes; `arguments` as a mapping, as raw text (broken JSON), or a list per voice."""

    name: str
    arguments: Words = Field(default_factory=dict)
    id: str | None = None


class When(Part):
    """Conditions on the request, all of which must hold; words are compared without case.

    `says`: words in the last user message; `mentions`: anywhere; `system`: in the system prompt.
    `turn`: counted from 0, picks this turn directly.
    `operation`: `openai.chat`, `anthropic.messages`, `generate`, or one without words
    (`openai.embeddings`, `openai.batches`, `anthropic.batches`), for faults and delays.
    """

    turn: int | None = None
    operation: str | None = None
    provider: str | None = None
    tier: str | None = None
    format: Literal["text", "json_object", "json_schema"] | None = None
    tool_result: bool | None = None
    says: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    system: tuple[str, ...] = ()


class Sample(Fault):
    """One possible reply, with how it ends and how sure the model was (probabilities, 0 to 1)."""

    say: Words | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str | None = None
    finish: Finish | None = None
    thinking: str | None = None
    reasoning: int | None = Field(None, ge=0)
    confidence: float | None = Field(None, gt=0, le=1)
    alternatives: dict[str, float] = Field(default_factory=dict)
    reader: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)

    @field_validator("say", mode="before")
    @classmethod
    def _is_text(cls, say: Any) -> Any:
        for words in say if isinstance(say, list) else [say]:
            if isinstance(words, bool | int | float):
                raise ValueError(f"{words!r} is not text: YAML reads yes, no and numbers as such. Quote it")
        if say == []:
            raise ValueError("an empty list holds no voice: write at least one text")
        return say

    @property
    def speaks(self) -> bool:
        words = (self.say, self.refusal, self.reader)
        return any(w is not None for w in words) or bool(self.tool_calls)


class Turn(Sample):
    """One place in a scenario: a reply or samples of it, its timing, its faults, its conditions."""

    name: str | None = None
    samples: tuple[Sample, ...] = ()
    first: tuple[Fault, ...] = ()
    when: When = When()
    delay: float | None = Field(None, ge=0)
    chunk: float | None = Field(None, ge=0)
    chunk_size: int | list[int] | list[str] | list[list[str]] | None = None

    @field_validator("first", mode="before")
    @classmethod
    def _listed(cls, first: Any) -> Any:
        return [first] if isinstance(first, dict) else first

    @field_validator("samples", mode="before")
    @classmethod
    def _full(cls, samples: Any) -> Any:
        if not isinstance(samples, list):
            return samples
        return [entry if isinstance(entry, dict) else {"say": entry} for entry in samples]

    @model_validator(mode="after")
    def _says_something(self) -> Turn:
        gate = self.when.operation not in (None, "openai.chat", "anthropic.messages", "generate")
        if not (self.speaks or self.samples or self.faulty or gate):
            raise ValueError(
                "it says nothing: give it `say`, `samples`, `tool_calls`, `refusal`, `reader` or a fault"
            )
        if self.samples and self.speaks:
            raise ValueError(
                "`samples` and words of its own exclude each other: move the words into the samples"
            )
        return self


class Batch(Part):
    """How a batch goes: `polls` questions see it in progress; single requests may end otherwise."""

    polls: int = Field(default=1, ge=0)
    errored: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    canceled: tuple[str, ...] = ()
    fails: bool = False


class Scenario(Part):
    """One conversation or task; `key` (`04_cot/fifteen_percent`) is filled in by the loader."""

    key: str = ""
    title: str
    match: tuple[str, ...] = ()
    by: Literal["turn", "calls"] = "turn"
    endless: bool = False
    loose: bool = False
    delay: float = Field(0.0, ge=0)
    chunk: float = Field(0.0, ge=0)
    chunk_size: int | list[int] = 1
    batch: Batch = Batch()
    turns: tuple[Turn, ...] = Field(min_length=1)
