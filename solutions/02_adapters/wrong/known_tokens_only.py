"""Breaks the four tokens that the prompt itself uses; the model has others, such as the one for its tools."""

CAUGHT_BY = ["test_nobody_forges_a_role"]
HINT = 5


def llama_prompt(messages: Messages) -> str:
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    prompt = "<|begin_of_text|>"
    for message in messages:
        content = message["content"].strip()
        for token in ("begin_of_text", "start_header_id", "end_header_id", "eot_id"):
            content = content.replace(f"<|{token}|>", f"< |{token}|>")
        prompt += header.format(message["role"]) + content + "<|eot_id|>"
    return prompt + header.format("assistant")
