"""Stops at the first calculated value, which is seldom the answer."""

CAUGHT_BY = ["test_the_answer_is_the_result_of_the_final_step"]
HINT = 3


patient = next_step


def next_step(run: Run, call: Any, watch: Watch) -> dict[str, Any]:
    step = patient(run, call, watch)
    return {**step, "next_step_needed": step["step_type"] != "calculate" and step["next_step_needed"]}
