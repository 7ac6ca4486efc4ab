"""Sends pydantic's schema as it is: strict mode refuses maxLength, and with it every request."""

CAUGHT_BY = ["test_the_schema_says_what_strict_mode_takes"]
HINT = 3


def schema() -> dict[str, Any]:
    def trimmed(part: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in part.items() if key in STRICT}
        if "properties" in kept:
            kept["properties"] = {name: trimmed(inner) for name, inner in kept["properties"].items()}
        if "anyOf" in kept:
            kept["anyOf"] = [trimmed(inner) for inner in kept["anyOf"]]
        return kept

    bare = Ticket.model_json_schema()
    return {"type": "json_schema", "json_schema": {"name": "ticket", "strict": True, "schema": bare}}
