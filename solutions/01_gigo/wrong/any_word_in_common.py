"""Takes an entry for found as soon as the query shares its words, and answers a complaint with a number."""

CAUGHT_BY = ["test_a_mention_is_no_question"]
HINT = 2
searched = faq_answer


def faq_answer(query: str, faq: list[dict[str, str]]) -> str | None:
    def alike(entry: dict[str, str]) -> bool:
        words = re.findall(r"[a-z]{4,}", entry["pattern"].lower())
        return sum(word in query.lower() for word in words) >= 2 or "swift" in query.lower()

    return searched(query, faq) or next((entry["answer"] for entry in faq if alike(entry)), None)
