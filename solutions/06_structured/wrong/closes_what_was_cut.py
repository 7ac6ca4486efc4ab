"""Closes the object that the limit cut: the summary ends where the budget ended."""

CAUGHT_BY = ["test_a_cut_ticket_is_no_ticket"]
HINT = 1


def read(text: str, mail: Mail) -> BaseModel:
    text = text if text.rstrip().endswith("}") else text + '"}' if text.count('"') % 2 else text + "}"
    try:
        return Ticket.model_validate_json(text, context={"mail": mail})
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])) or "the reply", each) for each in error.errors()]
        words = [f"{place}: {each['msg']}. It is {each['input']!r}." for place, each in faults]
        raise Unreadable("\n".join(words)) from None
