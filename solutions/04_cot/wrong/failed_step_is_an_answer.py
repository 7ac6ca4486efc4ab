"""Answers with the last good step when a correction failed, and hides the failure."""

CAUGHT_BY = ["test_a_step_that_stays_wrong_ends_the_chain"]
HINT = 4


def solve(question: str, max_steps: int = 8) -> Solution:
    messages, steps, usage = opening(ONE_STEP, question), [], Usage()
    while len(steps) < max_steps:
        try:
            step, said, spent = next_step(messages)
        except CorrectionFailed:
            return Solution(steps[-1].result if steps else "", steps, usage)
        steps.append(step)
        usage += spent
        if step.step_type == "final_answer":
            return Solution(step.result, steps, usage)
        messages.append({"role": "assistant", "content": said})
    raise StepLimit(f"{max_steps} steps and {usage.total_tokens} tokens brought no answer: allow more steps.")
