"""Takes a broken payload for an empty one: the model answers without a single source."""

CAUGHT_BY = ["test_a_broken_payload_is_refused"]
HINT = 1


def compact(payload: str, limit: int = ROOM) -> dict[str, Any]:
    try:
        results = json.loads(payload)["results"]
    except (ValueError, TypeError, LookupError):
        results = []
    if not isinstance(results, list):
        raise BadPayload(f"The results are {type(results).__name__}, not a list.")
    hits: dict[str, dict[str, str]] = {}
    for result in sorted((each for each in results if isinstance(each, dict)), key=lambda each: each["rank"]):
        hit = {
            name: desk.plain_text((result.get("document") or {}).get(name))
            for name in ("id", "title", "date", "snippet")
        }
        hit["url"] = result.get("url") or ""
        place = hit["url"].partition("#")[0]
        if not (hit["id"] and place) or place in hits:
            continue
        if tokens(shown([*hits.values(), hit])) > limit:
            break
        hits[place] = hit
    kept = list(hits.values())
    return {"hits": kept, "saved": tokens(payload) - tokens(shown(kept))}
