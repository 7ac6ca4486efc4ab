"""Does not strip the parts: the same question with another space is another one."""

CAUGHT_BY = ["test_three_parts_are_parts"]
HINT = 5


def parse_parts(text: str) -> list[str]:
    try:
        parts = json.loads(text)
    except ValueError as reason:
        raise BadParts(f"It is no JSON ({reason}).") from reason
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadParts("It is no array of strings.")
    found = parts
    if len(found) != desk.PARTS or len({part.strip() for part in found} - {""}) != desk.PARTS:
        raise BadParts(f"It has {len({*found} - {''})} different parts, and {desk.PARTS} are needed.")
    return found
