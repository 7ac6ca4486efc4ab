"""Leaves the vectors to the store, which embeds every text again at each run of the indexer."""

CAUGHT_BY = ["test_what_is_indexed_is_embedded_once"]
HINT = 4


def index(examples: list[Example], folder: str) -> int:
    given = {content_id(example["text"]): example for example in examples}
    if not given:
        return 0
    store = shelf(folder, "examples")
    known = store.get(ids=[*given], include=[])["ids"]
    texts = [example["text"] for example in given.values()]
    store.upsert(ids=[*given], documents=texts, metadatas=[{"label": e["label"]} for e in given.values()])
    return len(given) - len(known)
