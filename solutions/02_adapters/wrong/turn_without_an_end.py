"""Leaves `<|eot_id|>` out; the model reads all messages as one."""

CAUGHT_BY = ["test_every_message_stands_in_its_tokens"]
HINT = 5

ended_prompt = llama_prompt


def llama_prompt(messages: Messages) -> str:
    return ended_prompt(messages).replace("<|eot_id|>", "\n")
