"""Reads the content alone: a refusal looks like an empty reply, and is asked again."""

CAUGHT_BY = ["test_a_refusal_is_told"]
HINT = 3


def heard(completion: Any) -> Attempt:
    choice, used = completion.choices[0], completion.usage
    text, refusal = choice.message.content or "", choice.message.refusal
    refused, problem = choice.finish_reason == "content_filter", ""
    if refused:
        problem = f"The model refused: {refusal or choice.finish_reason}"
    elif choice.finish_reason != "stop":
        problem = f"The reply was cut ({choice.finish_reason}): say it shorter."
    elif not text:
        problem = "The reply is empty: say the ticket."
    # No cache keeps a prompt as short as this, so there are two numbers to tell.
    return Attempt(text, problem, Usage(used.prompt_tokens, used.completion_tokens), refused)
