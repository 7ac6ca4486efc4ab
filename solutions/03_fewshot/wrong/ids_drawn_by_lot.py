"""Gives every entry a new random id: each run of the indexer doubles the collection."""

CAUGHT_BY = ["test_indexing_again_adds_nothing", "test_the_index_survives_in_the_folder"]
HINT = 4


def index(examples: list[Example], folder: str) -> int:
    from uuid import uuid4

    if not examples:
        return 0
    texts = [example["text"] for example in examples]
    shelf(folder, "examples").add(
        ids=[str(uuid4()) for _ in examples],
        documents=texts,
        metadatas=[{"label": example["label"]} for example in examples],
        embeddings=embed_once(texts, folder),
    )
    return len(examples)
