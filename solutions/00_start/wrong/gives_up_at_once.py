"""Turns the SDK's retries off, so that the first busy moment is an error for the user."""

CAUGHT_BY = ["test_a_busy_provider_is_asked_again"]
HINT = 1


def ask(messages: Messages) -> str:
    patient = client().with_options(max_retries=0)
    reply = patient.chat.completions.create(model=model("fast"), messages=messages)
    return reply.choices[0].message.content
