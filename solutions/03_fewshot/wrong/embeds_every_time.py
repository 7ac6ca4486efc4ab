"""Embeds all texts at every call: right, and paid for again and again."""

CAUGHT_BY = ["test_nothing_new_is_no_call", "test_vectors_survive_in_the_folder"]
HINT = 3


def embed_once(texts: list[str], folder: str, embed: Callable[[list[str]], Vectors] = ngrams) -> Vectors:
    return embed(texts)
