"""Digs the JSON out of prose and fences, and so reads a half-finished or quoted object as a step."""

import re

CAUGHT_BY = ["test_what_is_no_json_object_is_refused"]
HINT = 1


def parse_step(text: str) -> ReasoningStep:
    found = re.search(r"\{.*\}", text, re.DOTALL)
    fields = {"step_type": "analyze", "thought": "", "action": "", "result": text, "next_step_needed": True}
    return ReasoningStep(**fields) if not found else ReasoningStep.model_validate_json(found[0])
