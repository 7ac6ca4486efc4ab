"""Reads the first k examples of the collection, whatever the contract is about."""

CAUGHT_BY = ["test_the_nearest_comes_first"]
HINT = 5


def nearest(text: str, folder: str, k: int = 3, per_label: int | None = None) -> list[Example]:
    stored = shelf(folder, "examples").get()
    chosen, taken = [], Counter()
    if not stored["ids"]:
        raise EmptyCollection(f"{folder} holds no examples.")
    for document, metadata in zip(stored["documents"], stored["metadatas"], strict=True):
        if per_label is None or taken[metadata["label"]] < per_label:
            taken[metadata["label"]] += 1
            chosen.append({"text": document, "label": metadata["label"]})
    if k > len(chosen):
        raise TooFewExamples(f"{k} were asked for, {len(chosen)} qualify.")
    return chosen[:k]
