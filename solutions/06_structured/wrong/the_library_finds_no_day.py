"""Leaves the day out where the library asks: the same mail has a day by hand, and none by library."""

CAUGHT_BY = ["test_the_library_makes_the_same_ticket"]
HINT = 5


def extract_with_instructor(mail: Mail, tries: int = 3) -> Extraction:
    import instructor  # late: it takes a second, and nothing else needs it
    from instructor.core import InstructorError

    attempts: list[Attempt] = []
    caller = instructor.from_openai(client(), mode=instructor.Mode.JSON_SCHEMA)
    caller.on("completion:response", lambda completion: attempts.append(heard(completion)))
    try:
        ticket = caller.chat.completions.create(
            model=model("fast"), response_model=Ticket, max_retries=tries - 1,
            messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": "{{ letter }}"}],
            context={"mail": mail, "letter": letter(mail)},
        )  # fmt: skip
    except InstructorError as reason:
        if isinstance(reason.__cause__, APIError):
            raise reason.__cause__ from None
        ticket = None
    for attempt in attempts:
        judged(attempt, mail)
    if ticket is None:
        raise Unusable(attempts)
    return Extraction(ticket, None, attempts)
