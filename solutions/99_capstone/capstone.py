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
    if len(expression) > MAX_EXPRESSION:
        raise NotArithmetic(f"{len(expression)} characters are too many; the limit is {MAX_EXPRESSION}")
    try:
        with localcontext(DIGITS), warnings.catch_warnings(action="ignore"):  # of odd strings and numbers
            value = evaluate(ast.parse(respelled(expression), mode="eval").body)
            whole = value == value.to_integral_value()
            return f"{value.quantize(Decimal(1)) + 0 if whole else ROUNDED.plus(value).normalize():f}"
    except DecimalException as reason:
        raise NotArithmetic(f"{expression[:60]!r} has no value of at most 28 digits") from reason
    except (SyntaxError, ValueError, MemoryError, RecursionError) as reason:
        raise NotArithmetic(f"{expression[:60]!r} is not numbers, + - * / ^ % and parentheses") from reason


def evaluate(node: ast.AST, depth: int = 0) -> Decimal:
    """The value of one node: what is not listed is refused, so nothing can be called or looked up."""
    if depth > MAX_DEPTH:
        raise NotArithmetic(f"it is nested more than {MAX_DEPTH} levels deep")
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return +Decimal(str(number))  # str keeps 0.15 as it was written
        case ast.UnaryOp(op=op, operand=inner) if type(op) in OPERATORS:
            return OPERATORS[type(op)](evaluate(inner, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            a, b = evaluate(left, depth + 1), evaluate(right, depth + 1)
            if isinstance(op, ast.Pow) and abs(b) > MAX_EXPONENT:
                raise NotArithmetic(f"the power {b:f} is above {MAX_EXPONENT}")
            if isinstance(op, ast.Add | ast.Sub) and isinstance(right, ast.Call) and a != 1:
                raise NotArithmetic("75 - 20% is 60 to one reader and 74.8 to another; write 75 * (1 - 20%)")
            return OPERATORS[type(op)](a, b)
        case ast.Call(func=ast.Name(id="percent"), args=[ast.Constant() as number]):
            return evaluate(number, depth + 1) / 100
    raise NotArithmetic(f"{ast.unparse(node)!r} is not arithmetic")


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
    body = {**body, "response_format": {"type": "json_object"}}
    if on_text is None:
        reply = genuine(sdk.chat.completions.create(**body), "choices", sdk)
        choice = reply.choices[0]
        return Completion(choice.message.content or "", usage_of(reply.usage), choice.finish_reason)
    text, usage, finish = "", Usage(), "cut"  # a broken stream can end like a whole one: only finish tells
    stream = sdk.chat.completions.create(**body, stream=True, stream_options={"include_usage": True})
    for chunk in unbroken(stream):
        usage = usage_of(chunk.usage) if chunk.usage else usage
        for choice in chunk.choices:  # none in the chunk that brings the usage
            on_text(choice.delta.content or "")
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    return Completion(text, usage, finish)


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Callable[[str], Any] | None) -> Completion:
    """One message: the system prompt goes apart, and a thinking block may come before the text."""
    system = "\n".join(m["content"] for m in body["messages"] if m["role"] == "system")
    body = {**body, "messages": [m for m in body["messages"] if m["role"] != "system"], "system": system}
    if on_text is None:
        reply = genuine(sdk.messages.create(**body), "content", sdk)
    else:
        reply = None
        with sdk.messages.stream(**body) as stream:
            for event in unbroken(stream):
                reply = stream.current_message_snapshot
                if event.type == "text":
                    on_text(event.text)
        if reply is None:
            return Completion("", Usage(), "cut")
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", None: "cut"}
    return Completion(text, usage_of(reply.usage), finish.get(reply.stop_reason, reply.stop_reason))


def usage_of(reported: Any) -> Usage:
    """Either vendor's usage in one meaning: `input_tokens` counts everything sent, cached or not."""
    said = reported.model_dump() if reported else {}
    if "prompt_tokens" in said:
        sent, made = said.get("prompt_tokens_details") or {}, said.get("completion_tokens_details") or {}
        total, output = said["prompt_tokens"], said["completion_tokens"]
        written, thought = sent.get("cache_write_tokens"), made.get("reasoning_tokens")
        read = sent.get("cached_tokens") or said.get("prompt_cache_hit_tokens")  # the second is DeepSeek's
    else:
        read, written = (said.get(f"cache_{how}_input_tokens") or 0 for how in ("read", "creation"))
        total, output = said.get("input_tokens", 0) + read + written, said.get("output_tokens")
        thought = (said.get("output_tokens_details") or {}).get("thinking_tokens")
    return Usage(*(count or 0 for count in (total, output, read, written, thought)))


# ---- 3. The loop ------------------------------------------------------------------------------------
def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    """One call on the run's account: reserved before it is sent, settled when the provider has counted."""
    reserved = budget.reserve(messages, run.model)
    run.calls += 1
    record = {"event": "call", "call": run.calls, "messages": messages}
    try:
        reply = ask(messages)
    except ProviderFailed as reason:
        budget.settle(reserved, Decimal(0))  # a refused call is not billed
        watch({**record, "event": "failed", "reason": str(reason)})
        raise
    spent = price(reply.usage, run.model)
    if reply.finish == "cut" or not reply.usage.total_tokens:  # billed, but nobody said how much
        run.uncounted += 1
    else:
        budget.settle(reserved, spent or Decimal(0))
    run.usage += reply.usage
    run.cost_usd = None if spent is None or run.cost_usd is None else run.cost_usd + spent
    watch({**record, "reply": reply.text, "finish": reply.finish, "usage": asdict(reply.usage)})
    return reply


def read_step(reply: Completion) -> dict[str, Any]:
    """The step in a reply; `said` keeps the model's own result where it differs. Raises InvalidStep."""
    if reply.finish != "stop":
        raise InvalidStep(f"it ended early ({reply.finish}); send it whole, in fewer words")
    try:
        step = Step.model_validate_json(re.sub(r"^\s*```(json)?|```\s*$", "", reply.text)).model_dump()
        if step["step_type"] == "calculate" and (value := calculate(step["action"])) != step["result"]:
            step |= {"result": value, "said": step["result"]}
    except ValidationError as reason:
        faults = (f"{'.'.join(map(str, f['loc'])) or 'the reply'}: {f['msg']}" for f in reason.errors())
        raise InvalidStep("; ".join(faults)) from reason
    except NotArithmetic as reason:
        raise InvalidStep(f"action: {reason}") from reason
    return step


def next_step(run: Run, call: Callable[[Messages], Completion], watch: Watch) -> dict[str, Any]:
    """One valid step: what is invalid goes back with the reason, CORRECTIONS times. Raises NoAnswer."""
    wrong: Messages = []
    for left in reversed(range(1 + CORRECTIONS)):
        reply = call(history(run.question, run.steps) + wrong)
        try:
            return read_step(reply)
        except InvalidStep as fault:
            reason = str(fault)
            watch({"event": "invalid", "reason": reason, "asked_again": left > 0})
            wrong += [said_by("assistant", reply.text or "-"), said_by("user", INVALID.format(reason=reason))]
    raise NoAnswer(f"Step {len(run.steps) + 1} stayed invalid after {CORRECTIONS} corrections: {reason}.")


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
        while len(run.steps) < max_steps:
            step = next_step(run, call, watch)
            run.steps.append(step)
            watch({"event": "step", "number": len(run.steps), **step})
            if step["step_type"] == "final_answer" or not step["next_step_needed"]:
                run.answer = step["result"]
                return run
        raise NoAnswer(f"The limit of {max_steps} steps came before an answer. Raise it with --max-steps.")


# ---- 4. The memory ----------------------------------------------------------------------------------
def history(question: str, steps: list[dict[str, Any]]) -> Messages:
    """What the next call sends: rules, question, old steps in one summary, recent steps whole."""
    messages = [{"role": "system", "content": SYSTEM}, said_by("user", question)]
    if len(steps) > SUMMARIZE_AFTER:
        old, steps = steps[:-KEEP], steps[-KEEP:]
        # Code knows the form of a step, so no model has to shorten it: no call, no cost, no wrong number.
        lines = (f"\n{n}. {step['action']} = {step['result']}" for n, step in enumerate(old, 1))
        messages += [said_by("assistant", "Done so far:" + "".join(lines)), said_by("user", NEXT)]
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
        # A token is at least one byte; 20 per message cover the vendor's framing. Never an underestimate.
        most = sum(len(message["content"].encode()) + 20 for message in messages)
        worst = price(Usage(most, MAX_TOKENS, cache_write_tokens=most), model_id)
        if worst is None:
            raise OverBudget(f"No price is known for {model_id}: no budget can hold it. Leave --budget out.")
        left = self.limit - self.spent
        if worst > left:
            raise OverBudget(f"The next call may cost {dollars(worst)}; the budget has {dollars(left)} left.")
        self.spent += worst
        return worst

    def settle(self, reserved: Decimal, actual: Decimal) -> None:
        """Replace a reservation by what the call cost."""
        self.spent += actual - reserved


# ---- 6. The command line ----------------------------------------------------------------------------
def main(
    argv: list[str] | None = None, *, source: str = "live",
    write: Callable[[str], Any] = to_stdout, complain: Callable[[str], Any] = to_stderr,
) -> int:  # fmt: skip
    """The exit code. Texts go to `write`, errors to `complain`; with --json one object holds everything."""
    args, run, code, error = None, None, 0, None
    try:
        args = parser().parse_args(argv)
        asked = options(args)
        with watching(args, write) as watch:
            run = solve(**asked, watch=watch)
    except CotError as stop:
        run, code, error = stop.run, stop.code, str(stop)
    except SystemExit:  # --help
        return 0
    if args and args.json:
        write(report(run, exit_code=code, error=error, source=source))
    elif run and run.calls:
        write("\n" + summary(run))
    if error and not (args and args.json):
        complain(f"cot: {error}\n")
    return code
