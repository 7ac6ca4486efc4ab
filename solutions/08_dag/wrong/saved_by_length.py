"""Counts what was saved in characters, four to a token: two counters, and a difference of neither."""

CAUGHT_BY = ["test_what_was_saved_is_counted_with_one_counter"]
HINT = 1


def compact(payload: str, limit: int = ROOM) -> dict[str, Any]:
    try:
        results = json.loads(payload)["results"]
    except (ValueError, TypeError, LookupError) as reason:
        raise BadPayload(f"The search tool sent {payload[:60]!r}: {reason}.") from reason
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
    return {"hits": kept, "saved": len(payload) // 4 - tokens(shown(kept))}
