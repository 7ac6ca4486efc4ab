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


def violation(
    value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, spot: str = "reply"
) -> str:
    """What in `value` breaks the schema's structure, "" when nothing does; no ranges, no patterns."""
    root = schema if root is None else root
    if "$ref" in schema:
        return violation(value, resolve(schema["$ref"], root), root, spot)
    for choice in ("anyOf", "oneOf"):
        if schema.get(choice):
            found = [violation(value, option, root, spot) for option in schema[choice]]
            return "" if "" in found else found[0]
    if "const" in schema and value != schema["const"]:
        return f"{spot} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{spot} is not one of {schema['enum']}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        return f"{spot} is not of type {' or '.join(kinds)}"
    return _parts(value, schema, root, spot)


def _parts(value: Any, schema: dict[str, Any], root: dict[str, Any], spot: str) -> str:
    """What breaks the schema inside an object or an array."""
    found = []
    if isinstance(value, dict):
        fields = schema.get("properties", {})
        found += [f"{spot} has no {name!r}" for name in schema.get("required", ()) if name not in value]
        if schema.get("additionalProperties") is False:
            found += [f"{spot} has an extra {name!r}" for name in value if name not in fields]
        known = [name for name in value if name in fields]
        found += [violation(value[name], fields[name], root, f"{spot}.{name}") for name in known]
    if isinstance(value, list) and "items" in schema:
        found += [violation(entry, schema["items"], root, f"{spot}[{i}]") for i, entry in enumerate(value)]
    return next(filter(None, found), "")


def _is(value: Any, kind: str) -> bool:
    """Whether a value has a JSON type; true and false are no numbers."""
    if isinstance(value, bool):
        return kind == "boolean"
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "null": type(None),
    }
    return isinstance(value, kinds.get(kind, ()))


def unclosed(schema: Any, context: tuple[str, ...] = ()) -> str:
    """Where a schema is too open to be strict, in the vendor's words; "" for a closed one."""
    if not isinstance(schema, dict):
        return ""
    fields = schema.get("properties", {})
    if schema.get("type") == "object" or fields:
        if schema.get("additionalProperties") is not False:
            return f"In context={context}, 'additionalProperties' is required to be supplied and to be false."
        if set(fields) - set(schema.get("required", ())):
            rule = (
                "'required' is required to be supplied and to be an array including every key in properties."
            )
            return f"In context={context}, {rule}"
    inner: list[tuple[tuple[str, ...], Any]] = [(("items",), schema.get("items"))]
    inner += [
        ((kind, name), part)
        for kind in ("properties", "$defs")
        for name, part in schema.get(kind, {}).items()
    ]
    inner += [(("anyOf", str(i)), part) for i, part in enumerate(schema.get("anyOf", ()))]
    return next(filter(None, (unclosed(part, (*context, *spot)) for spot, part in inner)), "")
