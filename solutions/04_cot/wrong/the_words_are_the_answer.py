"""Returns the model's last words, JSON and all, as the answer, and not the result in them."""

CAUGHT_BY = ["test_answers_with_the_result_of_the_final_step"]
HINT = 4


def solve(question: str, max_steps: int = 8) -> Solution:
    messages, steps, usage = opening(ONE_STEP, question), [], Usage()
    while len(steps) < max_steps:
        step, said, spent = next_step(messages)
        steps.append(step)
        usage += spent
        if step.step_type == "final_answer":
            return Solution(said, steps, usage)
        messages.append({"role": "assistant", "content": said})
    raise StepLimit(f"{max_steps} steps and {usage.total_tokens} tokens brought no answer.")
