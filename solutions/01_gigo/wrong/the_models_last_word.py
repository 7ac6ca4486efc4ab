"""Sends the reply out although a person takes over: the customer reads what was not to be said."""

CAUGHT_BY = ["test_a_person_gets_the_query_as_it_came[escalates]"]
HINT = 7
drafted, kept = draft, []
silent = route


def draft(query: str, documents: Documents, corrections: int = 2) -> Draft:
    kept.append(drafted(query, documents, corrections))
    return kept[-1]


def route(text: str, bank: dict[str, Any]) -> Handled:
    kept.clear()
    done = silent(text, bank)
    if done.tier == "person" and kept and kept[-1].reply:
        done.answer = kept[-1].reply.answer
    return done
