"""The report of a session as lines of text: readable without colour, in 80 columns, the next step last."""

from __future__ import annotations

from collections.abc import Iterator

from grader.course import Module
from grader.verdict.blocks import COLOURS, WORDS, Line, blocks, brief, plain_lines, state_words
from grader.verdict.outcome import BLOCKED, BROKEN, NOT_STARTED, PASSED, Check, Outcome, Task
from grader.verdict.wording import count, dollars, paragraph, row, shorten

SIDES = {
    "learner": "",
    "solution": "the reference",
    "file": "a file that lies elsewhere",
    "overlay": "the reference with an overlay",
    "submission": "a submission",
}


def report(outcomes: list[Outcome], modules: dict[str, Module], *, verbose: bool = False) -> list[Line]:
    """The report. Of several modules, the first unfinished one is told in full, each other in a line."""
    lines: list[Line] = []
    if len(outcomes) > 1:
        lines += [_module_line(outcome, modules[outcome.module]) for outcome in outcomes] + [("", "")]
    unfinished = [outcome for outcome in outcomes if not outcome.ok]
    told = outcomes if verbose or len(outcomes) == 1 else unfinished[:1]
    for outcome in told:
        lines += module_lines(outcome, modules[outcome.module], verbose=verbose)
    lines = lines[:-1] if told else lines
    if not told and outcomes:
        lines.append((f"All {len(outcomes)} modules passed.", "green"))
    return lines


def nothing(selected: str) -> list[Line]:
    """No check at all was run, which must not look like success."""
    if selected:
        return plain_lines(f"No check ran: nothing matches {selected}.")
    return plain_lines("No check ran: there is none where you pointed. Try: grader list")


def _module_line(outcome: Outcome, module: Module) -> Line:
    if outcome.error:
        state, colour = "cannot be graded", COLOURS[BROKEN]
    elif outcome.ok:
        state, colour = "passed", COLOURS[PASSED]
    elif all(check.state in (NOT_STARTED, BLOCKED) for check in outcome.checks):
        state, colour = "not started", ""
    else:
        state = f"{outcome.passed} of {count(len(outcome.checks), 'check')}"
        colour = ""
    return f"  {outcome.module:<16}{shorten(module.title, 40):<42}{state}", colour


def module_lines(outcome: Outcome, module: Module, *, verbose: bool = False) -> list[Line]:
    """One module: what failed first, the tasks with their states, the next step."""
    side = SIDES[outcome.side]
    title = f"{outcome.module}  {module.title}" + (f"  ({side})" if side else "")
    lines: list[Line] = [(shorten(title), "bold"), ("", "")]
    if outcome.error:
        return [*lines, ("CANNOT BE GRADED", "red"), *plain_lines(*paragraph(outcome.error)), ("", "")]
    broken = [check for check in outcome.checks if check.state == BROKEN and check.kind != "missing_name"]
    lines += blocks(outcome, verbose=verbose)
    if not broken:
        lines += [line for task in outcome.tasks for line in _task_lines(outcome, task, verbose)] + [("", "")]
    return lines + list(_summary(outcome, module))


def _task_lines(outcome: Outcome, task: Task, verbose: bool) -> Iterator[Line]:
    """The task's state, and one line for each check that failed there and is not told above."""
    yield f"  task {task.number}  {shorten(task.title, 40):<42}{state_words(task)}", COLOURS[task.state]
    first = outcome.first()
    for check in outcome.checks:
        if check.task != task.number:
            continue
        if verbose:
            yield f"    {WORDS[check.state]:<13}{shorten(check.name, 60)}", COLOURS[check.state]
        elif check.state not in (PASSED, BLOCKED, NOT_STARTED) and first and task.number != first.task:
            yield brief(check), ""


def _summary(outcome: Outcome, module: Module) -> Iterator[Line]:
    passed = f"{outcome.passed} of {count(len(outcome.checks), 'check')} passed"
    left_out = outcome.total - len(outcome.checks)
    rest = f", {left_out} not run" if left_out else ""
    cost = cost_line(outcome) if outcome.usage.total_tokens else ""
    colour = "green" if outcome.ok else ""
    together = f"{passed}{rest}; {cost}" if cost else f"{passed}{rest}"
    if len(together) <= 80:
        yield together, colour
    else:
        yield f"{passed}{rest}", colour
        yield from plain_lines(*row("cost", cost, indent=0))
    first = outcome.first()
    if first is None and outcome.side == "learner" and not left_out:
        yield from plain_lines(*row("next", _onward(module), indent=0))
    elif first is not None:
        yield from plain_lines(*row("next", next_step(first), indent=0))
    if outcome.hint_task is not None:
        yield from plain_lines(*row("hint", f"grader hint {outcome.module} {outcome.hint_task}", indent=0))
    yield "", ""


def next_step(check: Check) -> str:
    """What to do, with the place to do it at in front."""
    if not check.where or check.where in check.next:
        return check.next
    return f"{check.where}\n{check.next}"


def _onward(module: Module) -> str:
    """After a module is done: what to read, and what comes then."""
    from grader.course import modules

    compare = f"Compare with solutions/{module.key}/{module.slug}.py"
    later = [m for m in modules(module.root) if m.key > module.key and m.test_file.is_file()]
    return f"{compare}, then go on: pytest exercises/{later[0].key}" if later else f"{compare}."


def cost_line(outcome: Outcome) -> str:
    """`6 calls, 1,204 tokens, $0.00031 (recorded, stand-in)`."""
    tokens = count(outcome.usage.total_tokens, "token")
    source = f"recorded, {outcome.source}" if outcome.source else "recorded"
    price = "price unknown" if outcome.cost is None else f"${dollars(outcome.cost)}"
    return f"{count(outcome.calls, 'call')}, {tokens}, {price} ({source})"
