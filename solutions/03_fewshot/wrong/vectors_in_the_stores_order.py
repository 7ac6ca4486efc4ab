"""Takes the vectors as the store returns them, in its own order, once per text."""

CAUGHT_BY = ["test_every_text_gets_its_vector"]
HINT = 3


def embed_once(texts: list[str], folder: str, embed: Callable[[list[str]], Vectors] = ngrams) -> Vectors:
    if not texts:
        return []
    store, ids = shelf(folder, "vectors"), {content_id(text): text for text in texts}
    known = set(store.get(ids=[*ids], include=[])["ids"])
    if new := {key: text for key, text in ids.items() if key not in known}:
        store.add(ids=[*new], embeddings=embed([*new.values()]))
    return store.get(ids=[*ids], include=["embeddings"])["embeddings"].tolist()
