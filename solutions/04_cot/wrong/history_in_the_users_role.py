"""Gives the model's own steps back in the user's role, as if the user had said them."""

CAUGHT_BY = ["test_history_grows_by_what_the_model_said"]
HINT = 4


def solve(question: str, max_steps: int = 8) -> Solution:
    messages, steps, usage = opening(ONE_STEP, question), [], Usage()
    while len(steps) < max_steps:
        step, said, spent = next_step(messages)
        steps.append(step)
        usage += spent
        if step.step_type == "final_answer":
            return Solution(step.result, steps, usage)
        messages.append({"role": "user", "content": f"Your last step was: {said}"})
    raise StepLimit(f"{max_steps} steps and {usage.total_tokens} tokens brought no answer.")
