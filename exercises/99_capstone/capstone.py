"""cot: a question goes in; steps come out one by one, then an answer and what it cost.

    cot "What is 15% of 240?"
    cot --provider anthropic --budget 0.02 --trace calls.jsonl "What is 15% of 240?"

Every step is one model call. The model says what to compute; the calculator computes it.
Grade it: pytest exercises/99_capstone
"""

from __future__ import annotations

import ast
import json
import operator
import re
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Context, Decimal, DecimalException, localcontext
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.capstone.endings import CotError, InvalidStep, NoAnswer, NotArithmetic, OverBudget, ProviderFailed
from grader.capstone.hosts import client, genuine, refusals, unbroken
from grader.capstone.run import Completion, Messages, Run, Watch, reported, said_by
from grader.capstone.spelling import respelled
from grader.capstone.terminal import MAX_STEPS, options, parser, watching
from grader.capstone.view import dollars, report, summary, to_stderr, to_stdout
from grader.models import UnknownPrice, Usage, cost, model

SYSTEM = """\
You solve a problem one step at a time. Reply with one JSON object and nothing else:
{"step_type": "analyze" | "calculate" | "verify" | "final_answer",
 "thought": "why you take this step, in one or two sentences",
 "action": "what you do; in a calculate step only numbers, + - * / ^ % and parentheses",
 "result": "what came out",
 "next_step_needed": true | false}
One reply is one step. A calculator evaluates the action of every calculate step; its value replaces yours.
Carry values on unrounded. Verify before you answer.
A final_answer has the answer alone in "result", rounded for a person, and next_step_needed false.
"""
NEXT = "Next step."
INVALID = "That is not a valid step: {reason}. Send this step again, as one JSON object."
CORRECTIONS = 2  # per step
MAX_TOKENS = 2_000  # per reply; a model that thinks first spends most of them unseen
SUMMARIZE_AFTER, KEEP = 6, 2  # steps
MAX_EXPRESSION, MAX_DEPTH, MAX_EXPONENT = 500, 50, 1_000  # characters, levels of the tree, power


class Step(BaseModel):
    """The form of one reply."""

    model_config = ConfigDict(coerce_numbers_to_str=True)  # {"result": 36} is no reason to ask again

    step_type: Literal["analyze", "calculate", "verify", "final_answer"]
    thought: str
    action: str
    result: str
    next_step_needed: bool


# ---- 1. The calculator ------------------------------------------------------------------------------
OPERATORS: dict[type[ast.AST], Callable[..., Decimal]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.UAdd: operator.pos, ast.USub: operator.neg,
}  # fmt: skip
# No value has more than 28 digits, so none can grow until the machine is out of time or memory.
DIGITS, ROUNDED = Context(prec=28, Emax=27, Emin=-99), Context(prec=12)


def calculate(expression: str) -> str:
    """The value in decimal: whole numbers exactly, others to 12 digits. Raises NotArithmetic."""
    raise NotImplementedError("Task 1: limit, respell, parse, evaluate the tree, and write the value")


def evaluate(node: ast.AST, depth: int = 0) -> Decimal:
    """The value of one node: what is not listed is refused, so nothing can be called or looked up."""
    raise NotImplementedError("Task 1: walk the tree, and refuse all but numbers and OPERATORS")


# ---- 2. The adapters: two wires, one Completion -----------------------------------------------------
def complete(
    messages: Messages, *, provider: str = "openai", model_id: str | None = None,
    base_url: str | None = None, on_text: Callable[[str], Any] | None = None,
) -> Completion:  # fmt: skip
    """One call; `on_text` turns streaming on and gets each piece. Raises ProviderFailed."""
    sdk = client(provider, base_url)
    ask = ask_anthropic if provider == "anthropic" else ask_openai
    limit = "max_completion_tokens" if provider == "openai" else "max_tokens"
    body = {"model": model_id or model("fast", provider), "messages": messages, limit: MAX_TOKENS}
    with refusals(provider, sdk):
        return ask(sdk, body, on_text)


def ask_openai(sdk: Any, body: dict[str, Any], on_text: Callable[[str], Any] | None) -> Completion:
    """One chat completion in JSON mode, from OpenAI or from a host that speaks its format."""
    raise NotImplementedError("Task 2: one chat completion in JSON mode, whole or streamed")


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Callable[[str], Any] | None) -> Completion:
    """One message: the system prompt goes apart, and a thinking block may come before the text."""
    raise NotImplementedError("Task 2: one message, the system prompt apart, whole or streamed")


def usage_of(reported: Any) -> Usage:
    """Either vendor's usage in one meaning: `input_tokens` counts everything sent, cached or not."""
    raise NotImplementedError("Task 2: two vendors' counts, one meaning")


# ---- 3. The loop ------------------------------------------------------------------------------------
def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    """One call on the run's account: reserved before it is sent, settled when the provider has counted."""
    raise NotImplementedError("Task 3: reserve, call, settle, and count every call that was made")


def read_step(reply: Completion) -> dict[str, Any]:
    """The step in a reply; `said` keeps the model's own result where it differs. Raises InvalidStep."""
    raise NotImplementedError("Task 3: validate the reply, and let the calculator have the last word")


def next_step(run: Run, call: Callable[[Messages], Completion], watch: Watch) -> dict[str, Any]:
    """One valid step: what is invalid goes back with the reason, CORRECTIONS times. Raises NoAnswer."""
    raise NotImplementedError("Task 3: ask again with the reason, a bounded number of times")


def solve(
    question: str, *, provider: str = "openai", tier: str = "fast", model_id: str | None = None,
    base_url: str | None = None, max_steps: int = MAX_STEPS, budget: str | None = None, stream: bool = False,
    watch: Watch = lambda _: None, ask: Callable[[Messages], Completion] | None = None,
) -> Run:  # fmt: skip
    """Steps until one is a final_answer or needs no next one. Raises CotError with the run so far."""
    run = Run(question, model_id or model(tier, provider))
    on_text = (lambda piece: watch({"event": "text", "piece": piece})) if stream else None
    ask = ask or partial(complete, provider=provider, model_id=run.model, base_url=base_url, on_text=on_text)
    account = Budget(None if budget is None else Decimal(budget))
    call = partial(paid_call, run=run, ask=ask, budget=account, watch=watch)
    with reported(run):
        raise NotImplementedError("Task 3: step after step, until one is final or the limit is reached")


# ---- 4. The memory ----------------------------------------------------------------------------------
def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    """What the next call sends: rules, question, old steps in one summary, recent steps whole."""
    messages = [{"role": "system", "content": SYSTEM}, said_by("user", question)]
    if len(steps) > SUMMARIZE_AFTER:
        raise NotImplementedError("Task 4: fold all but the last KEEP steps into one summary message")
    for step in steps:
        # The step goes back as corrected: a wrong number left in the history is used again.
        said = step.get("said")
        note = f"The calculator says {step['result']}, not {said}. {NEXT}" if said else NEXT
        sent = {name: value for name, value in step.items() if name != "said"}
        messages += [said_by("assistant", json.dumps(sent, ensure_ascii=False)), said_by("user", note)]
    return messages  # the user comes last: Claude refuses a conversation that ends with its own words


# ---- 5. The budget ----------------------------------------------------------------------------------
def price(usage: Usage, model_id: str) -> Decimal | None:
    """Dollars, or None where no price is known: unknown is not zero."""
    try:
        return cost(usage, model_id)
    except UnknownPrice:
        return None


@dataclass
class Budget:
    """Dollars of one run: a call's worst case is taken before it, and what is left of that returns after."""

    limit: Decimal | None
    spent: Decimal = Decimal(0)

    def reserve(self, messages: Messages, model_id: str) -> Decimal:
        """Take the most that this call can cost, and return it. Raises OverBudget."""
        if self.limit is None:
            return Decimal(0)
        raise NotImplementedError("Task 5: take the worst case of this call, or raise OverBudget")

    def settle(self, reserved: Decimal, actual: Decimal) -> None:
        """Replace a reservation by what the call cost."""
        self.spent += actual - reserved


# ---- 6. The command line ----------------------------------------------------------------------------
def main(
    argv: list[str] | None = None, *, source: str = "live",
    write: Callable[[str], Any] = to_stdout, complain: Callable[[str], Any] = to_stderr,
) -> int:  # fmt: skip
    """The exit code. Texts go to `write`, errors to `complain`; with --json one object holds everything."""
    raise NotImplementedError("Task 6: parse, check, solve, report; every ending has its exit code")
