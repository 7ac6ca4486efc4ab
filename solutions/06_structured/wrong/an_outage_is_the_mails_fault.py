"""Makes Unusable of an APIError: a mail is given up because a server was down."""

CAUGHT_BY = ["test_an_error_of_the_provider_is_not_the_mails_fault"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries):
        try:
            attempts.append(attempt := ask(messages))
        except APIError as error:
            raise Unusable([*attempts, Attempt("", str(error), Usage())]) from error
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if attempt.refused:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
