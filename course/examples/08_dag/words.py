"""What the stand-in of this lab says: the topics' sentences, put together by the dice of a voice.

Both systems get the same words: three answers and a report. The graph's split comes on top.
"""

from __future__ import annotations

import json
import random

from payloads import HITS, TOPICS

from grader import graph
from grader.provider.ask import Ask

CAUTION = (
    "The sources agree on this, and none of them measured it on an installation like ours.",
    "What they leave open is how it behaves during a deployment.",
    "Nobody gives a figure for the people it takes to run it.",
    "One of them retracts a claim that two others still repeat.",
    "It is worth trying on one service before the next planning round.",
    "The older article describes a version that is no longer supported.",
    "Two of the sources come from vendors who sell the remedy.",
    "Where traffic is uneven, the effect is larger than the average suggests.",
    "We found no source that speaks against it.",
    "The number in the second source is an estimate, and says so.",
    "Nothing here depends on the size of the team.",
    "This holds until the data no longer fits on one machine.",
)
PER_PART, PER_REPORT = (4, 7), (8, 12)  # sentences beside the facts, at least and at most


def topic_of(text: str) -> str:
    """The key of the topic that a message is about: its question stands there, or one of its parts.

    Raises LookupError for any other.
    """
    for key, topic in TOPICS.items():
        if any(asked in text for asked in (topic["question"], *topic["parts"])):
            return str(key)
    raise LookupError(f"{text[:80]!r} is about none of the questions in questions.yaml.")


def spoken(ask: Ask, voice: int) -> str:
    """The reply to a request of the desk: to a step of the baseline, or to a node's prompt."""
    asked = ask.question
    key = topic_of(asked)
    steps = [at for at, step in enumerate(graph.STEPS) if step in asked]
    if steps:  # two answers, one answer, the report: as many words as the graph gets
        return [
            "\n\n".join(answer(key, at, voice) for at in (0, 1)),
            answer(key, 2, voice),
            report(key, voice),
        ][steps[0]]
    if begins(asked, graph.MERGE):
        return report(key, voice)
    parts = TOPICS[key]["parts"]
    if begins(asked, graph.SPLIT):
        return json.dumps(parts)
    return answer(key, next(at for at, part in enumerate(parts) if part in asked), voice)


def begins(asked: str, prompt: str) -> bool:
    """Whether a message contains the words of a prompt before its first gap."""
    return prompt.partition("{")[0] in asked


def answer(key: str, number: int, voice: int) -> str:
    """The answer to part `number` (from 0): its two facts with their sources, and some caution."""
    dice = random.Random(f"answer {key} {number} {voice}")
    cited = [f"{fact[:-1]} [{key}-{dice.randint(1, HITS)}]." for fact in TOPICS[key]["facts"][number]]
    said = [*cited, *dice.sample(CAUTION, dice.randint(*PER_PART))]
    dice.shuffle(said)
    return " ".join(said)


def report(key: str, voice: int) -> str:
    """The report on a question: all its facts, in three paragraphs."""
    dice = random.Random(f"report {key} {voice}")
    paragraphs = [
        [f"{fact[:-1]} [{key}-{dice.randint(1, HITS)}]." for fact in part] for part in TOPICS[key]["facts"]
    ]
    for sentence in dice.sample(CAUTION, dice.randint(*PER_REPORT)):
        dice.choice(paragraphs).append(sentence)
    return "\n\n".join(" ".join(each) for each in paragraphs)
