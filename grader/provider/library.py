"""Which scenario is meant? All scripts of the course, read when needed and again when they change."""

from __future__ import annotations

from pathlib import Path

from grader.course import ROOT, Module, modules
from grader.provider.ask import Ask
from grader.provider.loading import load
from grader.provider.script import Scenario, ScriptError


class UnknownScenario(LookupError):
    """The scenario header names nothing; the message lists what the module has."""


class Library:
    """The scripts below `root`; one broken script never hides the others."""

    def __init__(self, root: Path = ROOT) -> None:
        self.root = root
        self._read: dict[Path, tuple[int, dict[str, Scenario]]] = {}

    def scenarios(self, module: Module) -> dict[str, Scenario]:
        """A module's scenarios by name, {} without a script. Raises ScriptError."""
        path = module.script
        if not path.is_file():
            return {}
        stamp = path.stat().st_mtime_ns
        if path not in self._read or self._read[path][0] != stamp:
            self._read[path] = (stamp, load(path, module.key))
        return self._read[path][1]

    def get(self, key: str) -> Scenario:
        """The scenario `04_cot/fifteen_percent`. Raises UnknownScenario or ScriptError."""
        folder, _, name = key.partition("/")
        found = self.scenarios(Module(folder, self.root))
        if name in found:
            return found[name]
        known = ", ".join(found) or f"none: solutions/{folder}/script.yaml is missing or empty"
        raise UnknownScenario(f"{key!r} is not in a script. Scenarios of {folder!r}: {known}.")

    def all(self) -> list[Scenario]:
        """Every scenario of every readable script, in course order."""
        found: list[Scenario] = []
        for module in modules(self.root):
            try:
                found += self.scenarios(module).values()
            except ScriptError:
                continue
        return found

    def problems(self) -> list[str]:
        """What is wrong with the scripts, one text per broken script."""
        found = []
        for module in modules(self.root):
            try:
                self.scenarios(module)
            except ScriptError as reason:
                found.append(str(reason))
        return found

    def matching(self, ask: Ask) -> list[tuple[Scenario, int]]:
        """Playground: scenarios whose words occur, best first, each with the turn its question began at."""
        found = []
        for scenario in self.all():
            if scenario.match and (begin := _begin(ask, scenario.match)) is not None:
                found.append((begin, sum(map(len, scenario.match)), scenario))
        # The newest question first, then the most exact description; sorting keeps course order among equals.
        found.sort(key=lambda entry: (-entry[0], -entry[1]))
        return [(scenario, begin) for begin, _, scenario in found]


def holds(words: tuple[str, ...], text: str) -> bool:
    """Whether all words occur in the text, case ignored."""
    lowered = text.casefold()
    return all(word.casefold() in lowered for word in words)


def _begin(ask: Ask, words: tuple[str, ...]) -> int | None:
    """Assistant messages before the last user message that has all words; None if they do not occur."""
    turn, found = 0, None
    for message in ask.messages:
        turn += message.role == "assistant"
        if message.role == "user" and holds(words, message.text):
            found = turn
    # Not what the model said: its default line names every question of every script.
    asked = "\n".join(message.text for message in ask.messages if message.role != "assistant")
    if found is None and holds(words, asked):
        return 0
    return found
