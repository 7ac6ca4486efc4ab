"""Makes the id from text and label, so a corrected label is a second example that contradicts the first."""

CAUGHT_BY = ["test_the_same_text_is_one_example"]
HINT = 4


def index(examples: list[Example], folder: str) -> int:
    given = {content_id(example["text"] + example["label"]): example for example in examples}
    if not given:
        return 0
    store = shelf(folder, "examples")
    known = store.get(ids=[*given], include=[])["ids"]
    texts = [example["text"] for example in given.values()]
    labels = [{"label": example["label"]} for example in given.values()]
    store.upsert(ids=[*given], documents=texts, metadatas=labels, embeddings=embed_once(texts, folder))
    return len(given) - len(known)
