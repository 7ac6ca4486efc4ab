"""Asks the same again: the model does not know what was wrong, and neither will the next one."""

CAUGHT_BY = ["test_what_the_model_made_up_goes_back"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries):
        attempts.append(attempt := ask(messages))
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if attempt.refused:
            break
        pass
    raise Unusable(attempts)
