"""Asks on after a refusal, and pays for it again."""

CAUGHT_BY = ["test_a_refusal_is_not_asked_again"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries):
        attempts.append(attempt := ask(messages))
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if False:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
