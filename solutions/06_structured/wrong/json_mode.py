"""Asks for JSON mode: some object comes, and its fields are anybody's guess."""

CAUGHT_BY = ["test_the_call_carries_the_schema"]
HINT = 3


def ask(messages: Messages) -> Attempt:
    create = client().chat.completions.create
    return heard(create(model=model("fast"), messages=messages, response_format={"type": "json_object"}))
