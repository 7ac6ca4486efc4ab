"""Counts only the call that brought the reply, although the provider bills the others too."""

CAUGHT_BY = ["test_bad_calls_are_paid_for", "test_gives_up_after_the_corrections"]
HINT = 6
counted = draft


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    made = counted(query, documents, corrections)
    return Draft(made.reply, made.problem, made.calls[-1:] if made.reply else [])
