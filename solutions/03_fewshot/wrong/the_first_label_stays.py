"""Keeps a text's first label when the list holds it twice, so that a correction further down is lost."""

CAUGHT_BY = ["test_a_corrected_label_replaces_the_old_one[one list]"]
HINT = 5  # only what is found tells which label was kept


def index(examples: list[Example], folder: str) -> int:
    given = {}
    for example in examples:
        given.setdefault(content_id(example["text"]), example)
    if not given:
        return 0
    store = shelf(folder, "examples")
    known = store.get(ids=[*given], include=[])["ids"]
    texts = [example["text"] for example in given.values()]
    labels = [{"label": example["label"]} for example in given.values()]
    store.upsert(ids=[*given], documents=texts, metadatas=labels, embeddings=embed_once(texts, folder))
    return len(given) - len(known)
