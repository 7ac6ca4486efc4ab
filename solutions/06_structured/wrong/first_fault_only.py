"""Tells the first fault: the model mends it, and the next call is spent on the second one."""

CAUGHT_BY = ["test_a_complaint_says_what_to_do"]
HINT = 1


def read(text: str, mail: Mail) -> BaseModel:
    try:
        return Ticket.model_validate_json(text, context={"mail": mail})
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])) or "the reply", each) for each in error.errors()[:1]]
        words = [f"{place}: {each['msg']}. It is {each['input']!r}." for place, each in faults]
        raise Unreadable("\n".join(words)) from None
