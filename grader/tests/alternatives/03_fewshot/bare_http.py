"""No SDK: POST requests, examples as JSON lines in the system prompt, one collection for everything."""

import json
import os
import time
from decimal import Decimal
from hashlib import blake2b

import chromadb
import httpx2

from grader.models import Usage, cost, model
from grader.shelf import ngrams


class FewShotError(Exception):
    pass


EmptyCollection, TooFewExamples, OverBudget, Leak = (
    type(name, (FewShotError,), {}) for name in ("EmptyCollection", "TooFewExamples", "OverBudget", "Leak")
)


class UnknownLabel(FewShotError):
    pass


def opened(folder):
    client = chromadb.PersistentClient(path=folder)
    return client.get_or_create_collection("all", embedding_function=None, metadata={"hnsw:space": "cosine"})


def key(text):
    return blake2b(text.encode("utf-8"), digest_size=16).hexdigest()


def few_shot(text, examples, labels):
    shown = "\n".join(json.dumps({"contract": e["text"], "category": e["label"]}) for e in examples)
    rule = "Sort contracts. Allowed categories: " + " | ".join(labels) + ". Answer with the category only."
    return [
        {"role": "system", "content": f"{rule}\n\nExamples:\n{shown}" if shown else rule},
        {"role": "user", "content": f"<contract>\n{text}\n</contract>"},
    ]


def classify(text, examples, labels):
    body = {"model": model("fast"), "messages": few_shot(text, examples, labels)}
    headers = {"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    for wait in (0.01, 0.05, 0.1, None):
        reply = httpx2.post("https://api.openai.com/v1/chat/completions", headers=headers, json=body)
        if reply.status_code not in (429, 500, 503, 529) or wait is None:
            break
        time.sleep(wait)
    data = reply.raise_for_status().json()
    details = data["usage"].get("prompt_tokens_details") or {}
    usage = Usage(
        data["usage"]["prompt_tokens"],
        data["usage"]["completion_tokens"],
        details.get("cached_tokens", 0),
        details.get("cache_write_tokens", 0),
    )
    said = data["choices"][0]["message"]["content"]
    matches = [label for label in labels if label.upper() == said.strip().strip("'\"`.").strip().upper()]
    if len(matches) != 1:
        error = UnknownLabel(f"not a category: {said} ({usage.total_tokens} tokens)")
        error.details = (said, usage)
        raise error
    return {"label": matches[0], "usage": usage}


def embed_once(texts, folder, embed=ngrams):
    if not texts:
        return []
    collection, unique = opened(folder), list(dict.fromkeys(texts))
    there = set(collection.get(ids=[key(t) for t in unique], include=[])["ids"])
    missing = [t for t in unique if key(t) not in there]
    if missing:
        collection.add(ids=[key(t) for t in missing], embeddings=embed(missing), documents=missing)
    kept = collection.get(ids=[key(t) for t in unique], include=["embeddings"])
    by_key = dict(zip(kept["ids"], kept["embeddings"].tolist(), strict=True))
    return [by_key[key(t)] for t in texts]


def index(examples, folder):
    if not examples:
        return 0
    labels = {e["text"]: e["label"] for e in examples}
    embed_once(list(labels), folder)
    collection, ids = opened(folder), [key(t) for t in labels]
    old = collection.get(ids=ids, include=["metadatas"])["metadatas"]
    collection.update(ids=ids, metadatas=[{"label": label} for label in labels.values()])
    return len(labels) - sum(1 for metadata in old if metadata)


def nearest(text, folder, k=3, per_label=None):
    collection = opened(folder)
    labelled = {"label": {"$ne": ""}}
    total = len([m for m in collection.get(include=["metadatas"])["metadatas"] if m])
    if total < 1:
        raise EmptyCollection(f"{folder}: empty")
    size = collection.count()
    hit = collection.query(query_embeddings=[ngrams([text])[0]], n_results=size, where=labelled)
    chosen = []
    for document, metadata in zip(hit["documents"][0], hit["metadatas"][0], strict=True):
        if not metadata:
            continue
        same = sum(e["label"] == metadata["label"] for e in chosen)
        if per_label is None or same < per_label:
            chosen.append({"text": document, "label": metadata["label"]})
    if len(chosen) < k:
        raise TooFewExamples(f"{k} wanted, {len(chosen)} available")
    return chosen[:k]


def within(text, examples, labels, budget, count=lambda text: len(text) // 3):
    def total(chosen):
        return sum(map(count, (m["content"] for m in few_shot(text, chosen, labels))))

    empty = total([])
    if empty > budget:
        raise OverBudget(f"the contract takes {empty} of {budget}")
    chosen = []
    for example in examples:
        chosen.append(example)
        if total(chosen) > budget:
            chosen.pop()
    return chosen


def evaluate(cases, labels, choose):
    usage, dollars, wrong = Usage(), Decimal(0), []
    for case in cases:
        shown = choose(case["text"])
        if case["text"] in {e["text"] for e in shown}:
            raise Leak(f"in its own examples: {case['text']}")
        try:
            result = classify(case["text"], shown, labels)
            said, spent = result["label"], result["usage"]
        except UnknownLabel as error:
            said, spent = error.details
        usage, dollars = usage + spent, dollars + cost(spent, model("fast"))
        wrong += (
            [{"text": case["text"], "label": case["label"], "said": said}] if said != case["label"] else []
        )
    return {
        "accuracy": (len(cases) - len(wrong)) / len(cases),
        "wrong": wrong,
        "usage": usage,
        "dollars": dollars,
    }
