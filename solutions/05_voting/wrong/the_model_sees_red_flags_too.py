"""Asks the model about a red flag as well, "to be sure": that costs seven calls and some seconds."""

CAUGHT_BY = ["test_a_rule_decides_without_a_model"]
HINT = 6

_triage = triage


async def triage(case_id: str, text: str, path: str) -> Decision:
    if red_flag(text):
        await fan_out(text, LEVELS, VOTES)
    return await _triage(case_id, text, path)
