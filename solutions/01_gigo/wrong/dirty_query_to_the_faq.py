"""Looks the text up before it is cleaned: an invisible character turns a free answer into a paid one."""

CAUGHT_BY = ["test_an_faq_costs_nothing"]
HINT = 7
ordered = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    if known := faq_answer(text, bank["faq"]):
        return Handled("faq", known)
    return ordered(text, {**bank, "faq": []})
