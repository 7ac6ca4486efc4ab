"""Takes the end of a stream for the end of the reply."""

CAUGHT_BY = ["test_a_stream_that_breaks_off_is_no_whole_reply"]
HINT = 2


honest_openai, honest_anthropic = ask_openai, ask_anthropic


def ended(reply: Completion) -> Completion:
    return Completion(reply.text, reply.usage, "stop" if reply.finish == "cut" else reply.finish)


def ask_openai(sdk: Any, body: dict[str, Any], on_text: Any) -> Completion:
    return ended(honest_openai(sdk, body, on_text))


def ask_anthropic(sdk: Any, body: dict[str, Any], on_text: Any) -> Completion:
    return ended(honest_anthropic(sdk, body, on_text))
