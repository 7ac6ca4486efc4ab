"""Is this script right? Reads a script file; a mistake is named with its place and its remedy."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from grader.provider.script import Batch, Scenario, ScriptError, Turn, When


class _Loader(yaml.CSafeLoader):
    """Safe YAML that refuses a key written twice: the first one would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for name in keys:
            if keys.count(name) > 1 and name != "<<":
                raise ScriptError(
                    f"line {node.start_mark.line + 1}: `{name}` stands twice. Keep one of them."
                )
        return super().construct_mapping(node, deep)


def load(path: Path, module: str) -> dict[str, Scenario]:
    """The scenarios of one script by name. Raises ScriptError."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, ScriptError) as reason:
        raise ScriptError(f"{path}: not readable as YAML: {reason}") from reason
    if not isinstance(data, dict):
        raise ScriptError(f"{path}: a script is a mapping from scenario names to scenarios, see script.py.")
    return {name: _scenario(path, module, name, content) for name, content in data.items()}


def _scenario(path: Path, module: str, name: str, content: Any) -> Scenario:
    """One validated scenario."""
    try:
        found = Scenario.model_validate(content)
    except ValidationError as reason:
        lines = "\n".join(f"  {_words(error)}" for error in reason.errors())
        raise ScriptError(f"{path}, scenario {name}:\n{lines}") from None
    return found.model_copy(update={"key": f"{module}/{name}"})


def _words(error: Any) -> str:
    """One validation error as place, rule and remedy; list positions count from one, as a reader does."""
    spots = [str(part + 1) if isinstance(part, int) else str(part) for part in error["loc"]]
    spots = [spot for spot in spots if not spot.startswith(("function-", "str", "dict[", "list["))]
    place = " ".join(spots) or "the scenario"
    if error["type"] == "extra_forbidden":
        known = sorted({*Turn.model_fields, *Scenario.model_fields, *When.model_fields, *Batch.model_fields})
        close = difflib.get_close_matches(str(error["loc"][-1]), known, 1)
        hint = f"did you mean `{close[0]}`?" if close else "see the head of script.py for the fields."
        return f"{place}: no such field here; {hint}"
    if error["type"] == "missing":
        return f"{place}: missing. Add it."
    return f"{place}: {error['msg'].removeprefix('Value error, ')}. You wrote {error['input']!r:.80}."
