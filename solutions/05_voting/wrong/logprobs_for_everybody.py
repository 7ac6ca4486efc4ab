"""Sends `logprobs` to every model: those that have none refuse the call, and no vote is left."""

CAUGHT_BY = ["test_logprobs_are_asked_of_models_that_have_them"]
HINT = 4


def extras(provider: str) -> dict[str, Any]:
    return {"logprobs": True}
