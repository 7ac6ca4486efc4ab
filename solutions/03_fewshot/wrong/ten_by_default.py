"""Leaves the number of results to the store, which gives ten."""

CAUGHT_BY = ["test_gives_as_many_as_asked"]
HINT = 5


def nearest(text: str, folder: str, k: int = 3, per_label: int | None = None) -> list[Example]:
    store = shelf(folder, "examples")
    if not store.count():
        raise EmptyCollection(f"{folder} holds no examples.")
    found = store.query(query_embeddings=embed_once([text], folder))
    chosen, taken = [], Counter()
    for document, metadata in zip(found["documents"][0], found["metadatas"][0], strict=True):
        if per_label is None or taken[metadata["label"]] < per_label:
            taken[metadata["label"]] += 1
            chosen.append({"text": document, "label": metadata["label"]})
    if k > len(chosen):
        raise TooFewExamples(f"{k} were asked for, {len(chosen)} qualify.")
    return chosen[:k]
