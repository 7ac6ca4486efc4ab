"""Takes `<|` out of a content; in `<<||eot_id|>` what is left of it is a token again."""

CAUGHT_BY = ["test_nobody_forges_a_role"]
HINT = 5


def llama_prompt(messages: Messages) -> str:
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    said = (header.format(m["role"]) + m["content"].strip().replace("<|", "") for m in messages)
    return "<|begin_of_text|>" + "".join(f"{words}<|eot_id|>" for words in said) + header.format("assistant")
