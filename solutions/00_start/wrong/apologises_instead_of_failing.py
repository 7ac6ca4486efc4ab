"""Turns every error into a friendly sentence: nobody learns that the key is wrong."""

CAUGHT_BY = ["test_a_refusal_is_no_reply"]
HINT = 1


def ask(messages: Messages) -> str:
    try:
        reply = client().chat.completions.create(model=model("fast"), messages=messages)
    except Exception:
        return "Sorry, something went wrong."
    return reply.choices[0].message.content
