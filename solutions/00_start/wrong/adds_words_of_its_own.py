"""Adds an instruction that nobody asked for to what the caller wanted to send."""

CAUGHT_BY = ["test_sends_the_messages_as_they_are"]
HINT = 1


def ask(messages: Messages) -> str:
    helpful = [{"role": "system", "content": "You are a helpful assistant."}, *messages]
    reply = client().chat.completions.create(model=model("fast"), messages=helpful)
    return reply.choices[0].message.content
