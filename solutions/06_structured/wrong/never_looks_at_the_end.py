"""Never looks at finish_reason: a text that happens to be whole was cut all the same."""

CAUGHT_BY = ["test_a_cut_reply_is_a_problem[whole]"]
HINT = 3


def heard(completion: Any) -> Attempt:
    choice, used = completion.choices[0], completion.usage
    text, refusal = choice.message.content or "", choice.message.refusal
    refused, problem = bool(refusal) or choice.finish_reason == "content_filter", ""
    if refused:
        problem = f"The model refused: {refusal or choice.finish_reason}"
    elif not text.endswith("}") and choice.finish_reason != "stop":
        problem = f"The reply was cut ({choice.finish_reason}): say it shorter."
    elif not text:
        problem = "The reply is empty: say the ticket."
    # No cache keeps a prompt as short as this, so there are two numbers to tell.
    return Attempt(text, problem, Usage(used.prompt_tokens, used.completion_tokens), refused)
