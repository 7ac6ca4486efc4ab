"""What does a JSON schema demand? The smallest honest instance, and what a strict schema promises."""

from __future__ import annotations

from typing import Any


def example(schema: dict[str, Any], line: str, root: dict[str, Any] | None = None) -> Any:
    """A smallest instance of `schema`; every free text in it is `line`."""
    root = schema if root is None else root
    if "$ref" in schema:
        return example(resolve(schema["$ref"], root), line, root)
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return example(schema[choice][0], line, root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        wanted = schema.get("required", schema.get("properties", {}))
        return {
            name: example(schema.get("properties", {}).get(name, {"type": "string"}), line, root)
            for name in wanted
        }
    if kind == "array":
        return [example(schema.get("items", {}), line, root)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 0)
    return {"boolean": False, "null": None}.get(kind, line)


def resolve(ref: str, root: dict[str, Any]) -> dict[str, Any]:
    """The schema that `#/$defs/Name` points at, {} when it is not there."""
    found: Any = root
    for part in ref.removeprefix("#/").split("/"):
        found = found.get(part, {})
    return found
