"""Ends each turn with a line break, so that it reads well; the model gets a token that it never saw there."""

CAUGHT_BY = ["test_the_prompt_ends_where_the_model_goes_on"]
HINT = 5

tight_prompt = llama_prompt


def llama_prompt(messages: Messages) -> str:
    return tight_prompt(messages).replace("<|eot_id|>", "<|eot_id|>\n")
