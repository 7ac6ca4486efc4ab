"""Puts pattern and query in lower case: in a pattern `\\S` and `\\s` are each other's opposite."""

CAUGHT_BY = ["test_a_question_is_found_anywhere"]
HINT = 2


def faq_answer(query: str, faq: list[dict[str, str]]) -> str | None:
    low = query.lower()
    return next((entry["answer"] for entry in faq if re.search(entry["pattern"].lower(), low)), None)
