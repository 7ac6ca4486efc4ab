"""Keeps the last attempt: the books show a third of what was paid."""

CAUGHT_BY = ["test_every_attempt_is_kept_and_paid"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries):
        attempts = [attempt := ask(messages)]
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if attempt.refused:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
