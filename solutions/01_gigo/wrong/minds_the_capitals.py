"""Searches for the patterns as they are written: whoever types in capitals is sent to the expensive model."""

CAUGHT_BY = ["test_a_question_is_found_anywhere"]
HINT = 2


def faq_answer(query: str, faq: list[dict[str, str]]) -> str | None:
    return next((entry["answer"] for entry in faq if re.search(entry["pattern"], query)), None)
