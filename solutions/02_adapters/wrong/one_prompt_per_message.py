"""Sends a list of prompts, one per message; a server takes each for itself, without the others."""

CAUGHT_BY = [
    "test_every_message_stands_in_its_tokens",
    "test_a_raw_prompt_comes_back_normalized",
]
HINT = 5


def llama_prompt(messages: Messages) -> list[str]:
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    said = [
        header.format(m["role"]) + m["content"].strip().replace("<|", "< |") + "<|eot_id|>" for m in messages
    ]
    return ["<|begin_of_text|>" + said[0], *said[1:], header.format("assistant")]
