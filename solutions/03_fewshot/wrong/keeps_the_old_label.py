"""Adds what is missing and leaves what is there, so that a corrected label never arrives."""

CAUGHT_BY = ["test_a_corrected_label_replaces_the_old_one"]
HINT = 5  # only what is found tells which label was kept


def index(examples: list[Example], folder: str) -> int:
    store = shelf(folder, "examples")
    given = {content_id(example["text"]): example for example in examples}
    known = set(store.get(ids=[*given], include=[])["ids"]) if given else set()
    new = {key: example for key, example in given.items() if key not in known}
    if new:
        texts = [example["text"] for example in new.values()]
        labels = [{"label": example["label"]} for example in new.values()]
        store.add(ids=[*new], documents=texts, metadatas=labels, embeddings=embed_once(texts, folder))
    return len(new)
