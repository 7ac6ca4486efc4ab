"""Reports the tokens of the last call as those of the whole chain."""

CAUGHT_BY = ["test_usage_is_the_sum_over_the_calls"]
HINT = 4


def solve(question: str, max_steps: int = 8) -> Solution:
    messages, steps, total = opening(ONE_STEP, question), [], 0
    while len(steps) < max_steps:
        step, said, usage = next_step(messages)
        steps.append(step)
        total += usage.total_tokens
        if step.step_type == "final_answer":
            return Solution(step.result, steps, usage)
        messages.append({"role": "assistant", "content": said})
    raise StepLimit(f"{max_steps} steps and {total} tokens brought no answer.")
