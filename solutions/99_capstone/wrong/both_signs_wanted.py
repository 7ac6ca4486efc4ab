"""Waits for a final_answer that also says that nothing follows, and asks on when it does not say so."""

CAUGHT_BY = ["test_either_sign_of_an_end_ends_the_run"]
HINT = 3

plain = read_step


def read_step(reply: Completion) -> dict[str, Any]:
    step = plain(reply)
    final = step["step_type"] == "final_answer" and not step["next_step_needed"]
    return {**step, "step_type": "final_answer" if final else "verify", "next_step_needed": not final}
