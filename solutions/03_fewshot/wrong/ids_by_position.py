"""Numbers the examples, so that another order, or a longer list, overwrites what was there."""

CAUGHT_BY = ["test_only_what_is_new_is_added", "test_the_same_text_is_one_example"]
HINT = 4


def index(examples: list[Example], folder: str) -> int:
    if not examples:
        return 0
    store, before = shelf(folder, "examples"), shelf(folder, "examples").count()
    texts = [example["text"] for example in examples]
    store.upsert(
        ids=[f"example_{number}" for number in range(len(examples))],
        documents=texts,
        metadatas=[{"label": example["label"]} for example in examples],
        embeddings=embed_once(texts, folder),
    )
    return store.count() - before
