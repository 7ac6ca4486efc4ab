"""Leaves the values out of the schema: the model makes up categories, and corrections pay for it."""

CAUGHT_BY = ["test_the_schema_is_that_of_the_form[change2-False]"]
HINT = 3


def schema() -> dict[str, Any]:
    def trimmed(part: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in part.items() if key in STRICT - {"enum"}}
        if "properties" in kept:
            kept["properties"] = {name: trimmed(inner) for name, inner in kept["properties"].items()}
        if "anyOf" in kept:
            kept["anyOf"] = [trimmed(inner) for inner in kept["anyOf"]]
        return kept

    bare = trimmed(Ticket.model_json_schema())
    return {"type": "json_schema", "json_schema": {"name": "ticket", "strict": True, "schema": bare}}
