"""Says that it is invalid, and not what: the model has to guess, as the reader of the log has."""

CAUGHT_BY = ["test_a_complaint_says_what_to_do"]
HINT = 1


def read(text: str, mail: Mail) -> BaseModel:
    try:
        return Ticket.model_validate_json(text, context={"mail": mail})
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])) or "the reply", each) for each in error.errors()]
        [f"{place}: {each['msg']}. It is {each['input']!r}." for place, each in faults]
        raise Unreadable("This is no valid ticket.") from None
