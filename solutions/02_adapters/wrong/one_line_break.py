"""Writes one line break after the header, as many examples do; the model was trained on two."""

CAUGHT_BY = ["test_every_message_stands_in_its_tokens", "test_the_prompt_ends_where_the_model_goes_on"]
HINT = 5

exact_prompt = llama_prompt


def llama_prompt(messages: Messages) -> str:
    return exact_prompt(messages).replace("<|end_header_id|>\n\n", "<|end_header_id|>\n")
