"""One task in three prompts, played by the stand-in: python course/examples/03_fewshot/three_prompts.py

The replies are written in this module's script, to show what each prompt leaves open; they measure nothing.
"""

from __future__ import annotations

import json
from typing import Any

SENTENCES = ["My name is Alice Johnson.", "I'm Bob Lee from NYC.", "This is Charlie Wilson speaking."]

# --8<-- [start:prompts]
SYSTEM = {"role": "system", "content": "You extract names. Reply with JSON and nothing else."}
SHOWN = [("Dana Reed here.", "Dana Reed"), ("Yours, Eve Park", "Eve Park"), ("No sender", None)]


def zero_shot(sentence: str) -> list[dict[str, str]]:
    """An instruction, and nothing to go by."""
    return [{"role": "user", "content": f"Extract the name from: {sentence}"}]


def with_system(sentence: str) -> list[dict[str, str]]:
    """The rule stands apart from the data, and holds for every turn."""
    return [SYSTEM, {"role": "user", "content": sentence}]


def few_shot(sentence: str) -> list[dict[str, str]]:
    """The rule, and examples of what it leaves open: the key, the form, a missing name."""
    messages = [SYSTEM]
    for shown, name in SHOWN:
        messages.append({"role": "user", "content": shown})
        messages.append({"role": "assistant", "content": json.dumps({"name": name})})
    return [*messages, {"role": "user", "content": sentence}]


# --8<-- [end:prompts]


def replies(client: Any) -> dict[str, list[str]]:
    """What came back for each prompt, sentence by sentence."""
    from grader.models import model

    def said(way: Any, sentence: str) -> str:
        scenario = {"x-stand-in-scenario": f"03_fewshot/names_{way.__name__}"}
        asked = {"model": model("fast"), "messages": way(sentence)}
        return client.chat.completions.create(**asked, extra_headers=scenario).choices[0].message.content

    return {way.__name__: [said(way, s) for s in SENTENCES] for way in (zero_shot, with_system, few_shot)}


def main() -> None:
    from openai import OpenAI

    from grader.provider.serve import running

    with running(pace=0) as url:
        for name, said in replies(OpenAI(base_url=f"{url}/v1", api_key="any")).items():
            print(name)
            print(*(f"    {text}" for text in said), sep="\n")


if __name__ == "__main__":
    main()
