"""Offers the categories without OTHER: the model must choose one, also for what fits none."""

CAUGHT_BY = ["test_the_models_know_what_they_choose_from"]
HINT = 3


def intent_messages(query: str, intents: list[str]) -> Messages:
    return framed(INTENT.replace("reply OTHER", "take the nearest").format(intents=", ".join(intents)), query)
