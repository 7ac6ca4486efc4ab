"""Takes a citation that begins as an id does, in capitals or not: a revised document was never retrieved."""

CAUGHT_BY = ["test_only_what_was_retrieved_is_cited"]
HINT = 5
exact = check_reply


def check_reply(said: str, documents: Documents) -> Reply:
    try:
        cited = Reply.model_validate_json(said).citations
    except ValidationError:
        return exact(said, documents)
    alike = [name for name in cited if any(name.lower().startswith(known) for known in documents)]
    return exact(said, {**documents, **dict.fromkeys(alike, "")})
