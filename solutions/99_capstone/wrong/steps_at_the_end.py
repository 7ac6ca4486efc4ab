"""Shows all steps when the answer is there, and a silent terminal until then."""

CAUGHT_BY = ["test_steps_are_shown_when_they_come"]
HINT = 3


at_once = solve


def solve(question: str, *, watch: Watch = lambda _: None, **settings: Any) -> Run:
    seen: list[dict[str, Any]] = []
    run = at_once(question, watch=seen.append, **settings)
    for event in seen:
        watch(event)
    return run
