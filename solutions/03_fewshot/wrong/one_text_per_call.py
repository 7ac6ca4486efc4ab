"""Calls the embedding once per text: a batch of fifty becomes fifty round trips."""

CAUGHT_BY = ["test_a_text_is_embedded_once"]
HINT = 3


def embed_once(texts: list[str], folder: str, embed: Callable[[list[str]], Vectors] = ngrams) -> Vectors:
    found, store = [], shelf(folder, "vectors")
    for text in texts:
        kept = store.get(ids=[content_id(text)], include=["embeddings"])
        if kept["ids"]:
            found.append(kept["embeddings"][0].tolist())
            continue
        found += embed([text])
        store.add(ids=[content_id(text)], embeddings=found[-1:])
    return found
