"""Never looks at why a reply ended."""

CAUGHT_BY = ["test_a_reply_at_its_token_limit_says_so"]
HINT = 2


honest = ask_openai


def ask_openai(sdk: Any, body: dict[str, Any], on_text: Any) -> Completion:
    reply = honest(sdk, body, on_text)
    return Completion(reply.text, reply.usage, "stop")
