"""Breaks tokens in a user's message only; a reply or a system prompt may quote what the user wrote."""

CAUGHT_BY = ["test_nobody_forges_a_role"]
HINT = 5


def llama_prompt(messages: Messages) -> str:
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    prompt = "<|begin_of_text|>"
    for message in messages:
        content = message["content"].strip()
        content = content.replace("<|", "< |") if message["role"] == "user" else content
        prompt += header.format(message["role"]) + content + "<|eot_id|>"
    return prompt + header.format("assistant")
