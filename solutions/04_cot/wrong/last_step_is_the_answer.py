"""Returns the last step as the answer when the limit is reached, although the model was still thinking."""

CAUGHT_BY = ["test_stops_at_the_step_limit"]
HINT = 4


def solve(question: str, max_steps: int = 8) -> Solution:
    messages, steps, usage = opening(ONE_STEP, question), [], Usage()
    for _ in range(max_steps):
        step, said, spent = next_step(messages)
        steps.append(step)
        usage += spent
        if step.step_type == "final_answer":
            break
        messages.append({"role": "assistant", "content": said})
    return Solution(steps[-1].result, steps, usage)
