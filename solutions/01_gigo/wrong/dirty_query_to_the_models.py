"""Cleans for the FAQ only: the models read, and are billed for, the text as it came."""

CAUGHT_BY = ["test_the_models_read_the_cleaned_query"]
HINT = 7
tidy, CAME = route, [""]
sort, write = classify, draft


def classify(query: str, intents: list[str]) -> tuple[str, Call]:
    return sort(CAME[-1] or query, intents)


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    return write(CAME[-1] or query, documents, corrections)


def route(text: str, bank: dict[str, Any]) -> Handled:
    CAME.append(text)
    try:
        return tidy(text, bank)
    finally:
        CAME.pop()
