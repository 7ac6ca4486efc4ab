"""The refund example on its recordings: python course/examples/04_cot/refund_demo.py"""

from __future__ import annotations

from openai import OpenAI
from recorded import playing
from refund import decide, propose, trail
from refund_naive import approve
from refund_order import HINGE, JACKET, LATE_HINGE


def main() -> None:
    """Print what the naive version says, and what model and code decide together."""
    with playing("refund_naive"):
        outcome = "APPROVE" if approve(OpenAI(), JACKET) else "DENY"
    print(f"{JACKET.id}  naive: {outcome}, and that is all we know")
    for name, order in (("refund_proposed", HINGE), ("refund_on_the_edge", LATE_HINGE)):
        with playing(name):
            proposal, said = propose(OpenAI(), order)
        decision = decide(order, proposal, said)
        print(f"\n{order.id}  model: {proposal.decision} after {proposal.days} days")
        print(f"{order.id}  code:  {decision.outcome}, {decision.because}")
        print(f"audit      {trail(order, decision)}")


if __name__ == "__main__":
    main()
