"""Writes `<|begin_of_text|>` before every message; the model reads each one as a text of its own."""

CAUGHT_BY = ["test_the_prompt_begins_once"]
HINT = 5

prompt_begun_once = llama_prompt


def llama_prompt(messages: Messages) -> str:
    prompt = prompt_begun_once(messages).removeprefix("<|begin_of_text|>")
    return prompt.replace("<|start_header_id|>", "<|begin_of_text|><|start_header_id|>")
