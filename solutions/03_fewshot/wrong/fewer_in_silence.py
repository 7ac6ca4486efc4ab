"""Asks the store for k and takes what comes: a prompt with two examples, or none, passes for one with k."""

CAUGHT_BY = ["test_more_than_there_are_is_refused", "test_an_empty_collection_is_refused"]
HINT = 5


def nearest(text: str, folder: str, k: int = 3, per_label: int | None = None) -> list[Example]:
    store = shelf(folder, "examples")
    found = store.query(query_embeddings=embed_once([text], folder), n_results=max(store.count(), 1))
    chosen, taken = [], Counter()
    for document, metadata in zip(found["documents"][0], found["metadatas"][0], strict=True):
        if per_label is None or taken[metadata["label"]] < per_label:
            taken[metadata["label"]] += 1
            chosen.append({"text": document, "label": metadata["label"]})
    return chosen[:k]
