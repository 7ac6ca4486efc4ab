"""Takes every failure of the library for a mail that cannot be read: an outage is none."""

CAUGHT_BY = ["test_the_library_does_not_hide_an_error_of_the_provider"]
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
    except InstructorError:
        ticket = None
    for attempt in attempts:
        judged(attempt, mail)
    if ticket is None:
        raise Unusable(attempts or [Attempt("", "nothing", Usage())])
    return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
