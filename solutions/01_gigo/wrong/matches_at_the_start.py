"""Matches FAQ patterns at the start of the query only (`re.match`), as if nobody greeted before asking."""

CAUGHT_BY = ["test_a_question_is_found_anywhere"]
HINT = 2


def faq_answer(query: str, faq: list[dict[str, str]]) -> str | None:
    return next((e["answer"] for e in faq if re.match(e["pattern"], query, re.IGNORECASE)), None)
