"""Keeps the vectors in a dict: the next process begins from nothing, and pays for everything again."""

CAUGHT_BY = ["test_vectors_survive_in_the_folder"]
HINT = 3

_vectors = {}


def embed_once(texts: list[str], folder: str, embed: Callable[[list[str]], Vectors] = ngrams) -> Vectors:
    kept = _vectors.setdefault(folder, {})
    new = [text for text in dict.fromkeys(texts) if text not in kept]
    if new:
        kept |= dict(zip(new, embed(new), strict=True))
    return [kept[text] for text in texts]
