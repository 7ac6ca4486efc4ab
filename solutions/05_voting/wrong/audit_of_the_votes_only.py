"""Writes down what the model decided and not what the rule did: half of the decisions have no author."""

CAUGHT_BY = ["test_a_rule_decides_without_a_model"]
HINT = 6

_keep = keep


def keep(decision: Decision, text: str, path: str) -> None:
    if decision.who == "rule":
        with opened(path):
            return
    _keep(decision, text, path)
