"""Takes off a Markdown fence: kind to the model, and one more guess about what it meant."""

CAUGHT_BY = ["test_nothing_is_repaired"]
HINT = 1


def read(text: str, mail: Mail) -> BaseModel:
    try:
        return Ticket.model_validate_json(
            text.strip().removeprefix("```json").removesuffix("```"), context={"mail": mail}
        )
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])) or "the reply", each) for each in error.errors()]
        words = [f"{place}: {each['msg']}. It is {each['input']!r}." for place, each in faults]
        raise Unreadable("\n".join(words)) from None
