"""Traces a call when its reply was a step, so that the trace is silent where one would look."""

CAUGHT_BY = ["test_every_call_is_told"]
HINT = 3

told = paid_call


def paid_call(messages: Messages, run: Run, ask: Any, budget: Budget, watch: Watch) -> Completion:
    kept: list[dict[str, Any]] = []
    reply = told(messages, run, ask, budget, kept.append)
    try:
        read_step(reply)
    except InvalidStep:
        return reply
    for event in kept:
        watch(event)
    return reply
