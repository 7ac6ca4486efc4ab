"""Looks for a balance among ten times as many examples as asked for: a larger crowd hides the rest."""

CAUGHT_BY = ["test_a_balance_passes_over_a_crowd"]
HINT = 5


def nearest(text: str, folder: str, k: int = 3, per_label: int | None = None) -> list[Example]:
    store = shelf(folder, "examples")
    held = store.count()
    if not held:
        raise EmptyCollection(f"{folder} holds no examples.")
    found = store.query(query_embeddings=embed_once([text], folder), n_results=min(10 * k, held))
    chosen, taken = [], Counter()
    for document, metadata in zip(found["documents"][0], found["metadatas"][0], strict=True):
        if per_label is None or taken[metadata["label"]] < per_label:
            taken[metadata["label"]] += 1
            chosen.append({"text": document, "label": metadata["label"]})
    if len(chosen) < k:
        raise TooFewExamples(f"{k} were asked for, {len(chosen)} of {held} qualify.")
    return chosen[:k]
