"""A budget as it is usually written."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from grader.meter import send
from grader.models import Usage, cost

Body, Read = dict[str, Any], Callable[[str], Any]


# --8<-- [start:naive]
class Budget:
    def __init__(self, dollars: float) -> None:
        self.dollars, self.spent = dollars, 0.0


async def ask(budget: Budget, request: Body, read: Read = json.loads) -> Any:
    if budget.spent >= budget.dollars:
        raise RuntimeError("over budget")
    reply = await send(request)
    answer = read(reply["choices"][0]["message"]["content"])
    used = Usage(reply["usage"]["prompt_tokens"], reply["usage"]["completion_tokens"])
    budget.spent += float(cost(used, request["model"]))
    return answer


# --8<-- [end:naive]
