"""The reader `nearest_example`: classifies a text by the labelled examples that really are in the prompt.

What it is: nearest neighbour over words. Each example found in the prompt is compared with the question by
the cosine of their word counts, rare words weighing more. A label also gains a little from its own words when
the question holds them (0.3 times their share), so it can answer without any example. Ties go by label order.
What it is not: a language model. It knows no synonym, no grammar and no world, and reads only the prompt.
What it gives is a measurement of which examples were sent, and no forecast of a vendor's accuracy.

Settings: `labels`, the closed set; `forms`, how a label is said, one form per voice (`"{label}"`).

Examples are found in any of these, whatever the wording around them:
    a user message, and an assistant message that names one label      (pairs)
    a line or a JSON object that holds a text and a label               ("text -> Lease", {"text": ..., ...})
    a block of lines that ends, or begins, with a line naming one label ("Contract: ...", "Category: Lease")
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from functools import lru_cache
from typing import Any

Example = tuple[str, str]
WORD = re.compile(r"[a-z]{3,}")
COMMON = frozenset(
    re.findall(
        r"\w+",
        "the and for any are but not all its has have had was were will shall may can this that these those "
        "with from into upon than then them they their there each other such who whom whose which what when "
        "where out one two only same own under over between after before until while does without within",
    )
)
NAMED = 0.3
FEWEST = 4  # words: shorter is an instruction or a heading, not an example's text
# What may stand between an example's text and its label, and what may wrap a label.
MARK = r"(?:->|=>|→|⇒|[:=|\t>\](—–])"
KEY = r"(?:category|label|class|type|kind|answer|output|result|classification|assistant|a)"
WRAP = " \t\r\"'`*_.,;()[]{}<>/#-–—:=|"
HEADING = re.compile(rf"\W*(?:{KEY}|(?:examples?|contract|text)\s*\d*)\W*", re.I)
LEAD = re.compile(
    r"^\W*(?:(?:examples?|contract|text|input|document|user|question|q|case)\s*\d*\s*[:.)\]>]\s*)+", re.I
)


def nearest_example(messages: list[dict[str, str]], settings: dict[str, Any]) -> str:
    """The label of the nearest example in the prompt, said in the voice's form."""
    labels = settings["labels"]
    question, examples = found(messages, labels)
    forms = settings.get("forms") or ["{label}"]
    form = forms[(settings.get("voice", 1) - 1) % len(forms)]
    return form.format(label=nearest(question, examples, labels))


def nearest(question: str, examples: list[Example], labels: list[str]) -> str:
    """The label with the highest score, see the head of this file; without any hit the first label."""
    texts = [words(text) for text, _ in examples]
    asked = words(question)
    rarity = _rarity([asked, *texts])
    scores = {label: NAMED * _share(words(label), asked) for label in labels}
    best = dict.fromkeys(labels, 0.0)
    for text, (_, label) in zip(texts, examples, strict=True):
        best[label] = max(best[label], _cosine(asked, text, rarity))
    return max(labels, key=lambda label: scores[label] + best[label])


@lru_cache(maxsize=4096)  # the same fifty examples come with every question
def words(text: str) -> Counter[str]:
    """Word counts: lower case, from three letters, without grammar's own words, endings cut off."""
    return Counter(_stem(word) for word in WORD.findall(text.casefold()) if word not in COMMON)


def _stem(word: str) -> str:
    """`deliveries`, `delivered` and `deliver` meet at `deliver`, as far as cutting endings goes."""
    for ending in (
        "ations",
        "ation",
        "ments",
        "ment",
        "ings",
        "ing",
        "ers",
        "ies",
        "ed",
        "es",
        "er",
        "s",
        "y",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word


def _rarity(texts: list[Counter[str]]) -> dict[str, float]:
    """How much a word tells, by the number of texts in the prompt that hold it."""
    held = Counter(word for text in texts for word in text)
    return {word: math.log((1 + len(texts)) / (1 + count)) + 1 for word, count in held.items()}


def _cosine(one: Counter[str], other: Counter[str], rarity: dict[str, float]) -> float:
    shared = sum(one[word] * other[word] * rarity[word] ** 2 for word in one if word in other)
    lengths = [math.sqrt(sum((n * rarity[word]) ** 2 for word, n in text.items())) for text in (one, other)]
    return shared / math.prod(lengths) if shared else 0.0


def _share(name: Counter[str], text: Counter[str]) -> float:
    """The part of a label's words that the text holds."""
    return sum(word in text for word in name) / len(name) if name else 0.0


def found(messages: list[dict[str, str]], labels: list[str]) -> tuple[str, list[Example]]:
    """The question, which is the last user text, and the examples before it, in order."""
    last = max((i for i, m in enumerate(messages) if m["role"] == "user"), default=-1)
    examples: list[Example] = []
    question = ""
    for number, message in enumerate(messages):
        following = messages[number + 1] if number + 1 < len(messages) else {"role": "", "content": ""}
        answered = following["role"] == "assistant" and number != last
        if message["role"] == "assistant":
            continue
        if message["role"] == "user" and answered and (label := the_label(following["content"], labels)):
            examples.append((LEAD.sub("", message["content"]), label))
            continue
        inside, rest = in_text(message["content"], labels)
        examples += inside
        if number == last:
            question = rest or message["content"]
    return question, examples


def the_label(text: str, labels: list[str]) -> str | None:
    """The one label that a short text names, alone or after a key (`Category: Lease`, {"label": "Lease"})."""
    plain = re.sub(r"</?\w+>", " ", text).strip(WRAP)
    plain = re.sub(rf"^{KEY}\W+", "", plain, flags=re.I).strip(WRAP).casefold()
    return next((label for label in labels if label.casefold() == plain), None)


def in_text(text: str, labels: list[str]) -> tuple[list[Example], str]:
    """The examples that a text holds, and what follows the last of them."""
    examples, text = _json(text, labels)
    block: list[str] = []
    heading: str | None = None  # a label that stood before its text
    lines = [line for line in text.splitlines() if sum(label in line for label in labels) * 2 <= len(labels)]
    for number, line in enumerate(lines):
        if hit := _one_line(line, labels):
            examples.append(hit)
            block, heading = [], None
        elif label := the_label(line, labels):
            if _listed(lines, number, labels):
                block = []
            elif heading is None and _long(block):
                examples.append((_text(block), label))
                block = []
            else:
                examples += [(_text(block), heading)] if heading and _long(block) else []
                block, heading = [], label
        elif line.strip() or examples or heading:
            block.append(line)
        else:
            block = []  # a paragraph before the first example is the instruction
    if heading and _long(block):
        shown, rest = _paragraph(block)
        return [*examples, (_text(shown), heading)], _text(rest)
    return examples, _text(block)


def _long(lines: list[str]) -> bool:
    return len(_text(lines).split()) >= FEWEST


def _paragraph(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines up to the first blank one that has words before it, and the rest."""
    for number, line in enumerate(lines):
        if not line.strip() and _long(lines[:number]):
            return lines[:number], lines[number:]
    return lines, []


def _text(lines: list[str]) -> str:
    """A block's words without `Contract:` before them, tags, and an open `Category:` after them."""
    kept = [re.sub(r"</?\w+>", " ", line) for line in lines]
    kept = [line for line in kept if not HEADING.fullmatch(line)]
    return LEAD.sub("", " ".join(kept).strip()).strip()


def _listed(lines: list[str], number: int, labels: list[str]) -> bool:
    """Whether a line is part of the list of all labels: its neighbour names a label, too."""
    around = [lines[i] for i in (number - 1, number + 1) if 0 <= i < len(lines)]
    return any(the_label(line, labels) for line in around)


def _json(text: str, labels: list[str]) -> tuple[list[Example], str]:
    """The examples written as JSON objects, and the text without them."""
    examples, rest, at = [], "", 0
    while (start := text.find("{", at)) >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(text, start)
        except ValueError:
            value, end = {}, start + 1
        values = [v for v in value.values() if isinstance(v, str)]
        named = [label for v in values if (label := the_label(v, labels))]
        longest = max(values, key=len, default="")
        if len(named) == 1 and len(longest.split()) >= FEWEST:
            examples.append((longest, named[0]))
            rest, at = rest + text[at:start] + "\n", end
        else:
            rest, at = rest + text[at:end], end
    rest += text[at:]
    return examples, rest if not examples else re.sub(r"^[\s,\[\]]+$", "", rest, flags=re.M)


def _one_line(line: str, labels: list[str]) -> Example | None:
    """`text -> Lease`, `text | Lease`, `Lease: text`: a label at one end, a mark, and a text."""
    for label in sorted(labels, key=len, reverse=True):
        name = re.escape(label)
        after = re.fullmatch(rf"(.+?)\s*{MARK}[\s\"'*(\[]*{name}[\s\"'*)\].,;]*", line, flags=re.I)
        before = re.fullmatch(rf"[\s\"'*(\[\d.-]*{name}[\"'*)]*\s*{MARK}+\s*(.+)", line, flags=re.I)
        for hit in (after, before):
            if hit and len(text := _clean(hit[1])) and len(text.split()) >= FEWEST:
                return text, label
    return None


def _clean(text: str) -> str:
    return re.sub(rf"[\s(\[|,;]*{KEY}\s*$", "", LEAD.sub("", text), flags=re.I).strip(" \"'|")
