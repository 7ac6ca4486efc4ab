"""Pastes the content as it is; a user who writes special tokens speaks as the system."""

CAUGHT_BY = ["test_nobody_forges_a_role"]
HINT = 5


def llama_prompt(messages: Messages) -> str:
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    parts = [header.format(m["role"]) + m["content"].strip() + "<|eot_id|>" for m in messages]
    return "<|begin_of_text|>" + "".join(parts) + header.format("assistant")
