"""Gates on the share of the valid votes: four votes and three silences are "100 % sure"."""

CAUGHT_BY = ["test_the_gates_are_at_six_and_five_of_seven"]
HINT = 6


async def triage(case_id: str, text: str, path: str) -> Decision:
    if flag := red_flag(text):
        decision = Decision(case_id, "rule", LEVELS[0], f"red flag: {flag}")
    else:
        try:
            ballot, why = await fan_out(text, LEVELS, VOTES), ""
        except NoQuorum as reason:
            ballot, why = reason.ballot, str(reason)
        found, dollars = majority(ballot.votes, LEVELS), cost(ballot.usage, model("fast"))
        sure = 0.0 if why else found.confidence
        who, label = ("vote", found.winner) if sure >= LIKELY / VOTES else ("person", None)
        flagged = LIKELY / VOTES <= sure < SURE / VOTES
        why = why or f"confidence {sure:.2f}"
        decision = Decision(case_id, who, label, why, flagged, found.support, found.confidence, dollars)
    keep(decision, text, path)
    return decision
