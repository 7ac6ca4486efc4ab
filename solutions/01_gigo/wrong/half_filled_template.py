"""Fills the template by replacing its gap: the doubled braces of a format string stay doubled."""

CAUGHT_BY = ["test_the_models_know_what_they_choose_from"]
HINT = 3


def answer_messages(query: str, documents: Documents) -> Messages:
    shown = "\n".join(f"[{name}] {text}" for name, text in documents.items())
    return framed(ANSWER.replace("{documents}", shown), query)
