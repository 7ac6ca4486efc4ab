"""Looks at the limit before it looks at the step: an answer in the last step allowed is thrown away."""

CAUGHT_BY = ["test_the_last_step_allowed_may_be_the_answer"]
HINT = 4


def solve(question: str, max_steps: int = 8) -> Solution:
    messages, steps, usage = opening(ONE_STEP, question), [], Usage()
    while True:
        step, said, spent = next_step(messages)
        steps.append(step)
        usage += spent
        if len(steps) >= max_steps:
            raise StepLimit(f"{max_steps} steps and {usage.total_tokens} tokens brought no answer.")
        if step.step_type == "final_answer":
            return Solution(step.result, steps, usage)
        messages.append({"role": "assistant", "content": said})
