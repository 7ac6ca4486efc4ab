"""Ends with the user's turn; without the assistant's header the model may go on as the user."""

CAUGHT_BY = ["test_the_prompt_ends_where_the_model_goes_on"]
HINT = 5

asking_prompt = llama_prompt


def llama_prompt(messages: Messages) -> str:
    return asking_prompt(messages).removesuffix("<|start_header_id|>assistant<|end_header_id|>\n\n")
