"""A refund decision with an audit trail: the model proposes, code counts the days and applies the policy."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import BaseModel, ValidationError
from refund_order import Order

from grader.models import model

# --8<-- [start:policy]
POLICY = {"defective": 90, "changed_mind": 30, "damaged_in_shipping": 14}  # days after the purchase


class Proposal(BaseModel):
    """What the model says, in the order in which it says it: the decision comes after its grounds."""

    days: int
    category: Literal["defective", "changed_mind", "damaged_in_shipping", "other"]
    allowed_days: int
    decision: Literal["APPROVE", "DENY"]
    because: str


# --8<-- [end:policy]

PROMPT = f"""You prepare refund decisions. The policy, in days after the purchase: {POLICY}.
Think in this order: days passed, category of the reason (or other), days allowed, decision, and why.
Reply in JSON:
{{"days": 0, "category": "...", "allowed_days": 0, "decision": "APPROVE|DENY", "because": "..."}}"""


@dataclass(frozen=True)
class Decision:
    """The outcome (APPROVE, DENY or REVIEW by a person), why, and everything it was decided from."""

    outcome: str
    because: str
    audit: dict[str, Any]


# --8<-- [start:propose]
def propose(client, order: Order) -> tuple[Proposal | None, str]:
    """The model's proposal, or None if it made none, and the words that it came in."""
    messages = [{"role": "system", "content": PROMPT}, {"role": "user", "content": str(order)}]
    reply = client.chat.completions.create(
        model=model("balanced"), messages=messages, response_format={"type": "json_object"}
    )
    said = reply.choices[0].message.content
    try:
        return Proposal.model_validate_json(said), said
    except ValidationError:
        return None, said


# --8<-- [end:propose]


# --8<-- [start:decide]
def decide(order: Order, proposal: Proposal | None, said: str = "") -> Decision:
    """The decision: the model's reading of the reason counts, its arithmetic and its verdict do not."""
    days = (order.asked - order.bought).days
    allowed = POLICY.get(proposal.category) if proposal else None
    code = {"days": days, "allowed_days": allowed, "decision": None}
    if allowed is None or days < 0:
        outcome, because = "REVIEW", "no rule covers it: a person decides"
    else:
        outcome = code["decision"] = "APPROVE" if days <= allowed else "DENY"
        because = f"{days} of {allowed} days for {proposal.category}"
    differs = [name for name in code if proposal and code[name] not in (None, getattr(proposal, name))]
    return Decision(outcome, because, {"model_said": said, "code_found": code, "differs_in": differs})


# --8<-- [end:decide]


# --8<-- [start:trail]
def trail(order: Order, decision: Decision) -> str:
    """One line for the log: enough to explain the decision without asking the model again."""
    return json.dumps({"order": asdict(order), **asdict(decision)}, default=str)


# --8<-- [end:trail]
