"""Takes what stands between the brackets: the model is never told that it chatters."""

CAUGHT_BY = ["test_what_is_no_three_parts_is_refused[words]"]
HINT = 5


def parse_parts(text: str) -> list[str]:
    try:
        parts = json.loads(text[text.find("[") : text.rfind("]") + 1])
    except ValueError as reason:
        raise BadParts(f"It is no JSON ({reason}).") from reason
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadParts("It is no array of strings.")
    found = [part.strip() for part in parts]
    if len(found) != desk.PARTS or len({*found} - {""}) != desk.PARTS:
        raise BadParts(f"It has {len({*found} - {''})} different parts, and {desk.PARTS} are needed.")
    return found
