"""Takes the first three of four parts: a quarter of the question is never answered."""

CAUGHT_BY = ["test_what_is_no_three_parts_is_refused[number]"]
HINT = 5


def parse_parts(text: str) -> list[str]:
    try:
        parts = json.loads(text)
    except ValueError as reason:
        raise BadParts(f"It is no JSON ({reason}).") from reason
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadParts("It is no array of strings.")
    found = [part.strip() for part in parts][: desk.PARTS]
    if len(found) != desk.PARTS or len({*found} - {""}) != desk.PARTS:
        raise BadParts(f"It has {len({*found} - {''})} different parts, and {desk.PARTS} are needed.")
    return found
