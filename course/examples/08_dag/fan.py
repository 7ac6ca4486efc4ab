"""A fan-out and a fan-in without any model: python course/examples/08_dag/fan.py"""

from __future__ import annotations

import operator
from typing import Annotated, Any, TypedDict

from langgraph.graph import START, StateGraph
from langgraph.types import Send


# --8<-- [start:fan]
class State(TypedDict, total=False):
    words: list[str]
    lengths: Annotated[list[tuple[int, int]], operator.add]  # several write here
    total: int


def each(state: State) -> list[Send]:
    return [Send("work", {"at": at, "word": word}) for at, word in enumerate(state["words"])]


def work(part: dict[str, Any]) -> State:
    return {"lengths": [(part["at"], len(part["word"]))]}  # what is new, and nothing else


def merge(state: State) -> State:
    return {"total": sum(length for _, length in sorted(state["lengths"]))}


def built() -> Any:
    graph: Any = StateGraph(State)
    graph.add_node("work", work)
    graph.add_node("merge", merge)
    graph.add_conditional_edges(START, each, ["work"])
    graph.add_edge("work", "merge")
    return graph.compile()


# --8<-- [end:fan]
if __name__ == "__main__":
    print(built().invoke({"words": ["map", "and", "reduce"]}))
