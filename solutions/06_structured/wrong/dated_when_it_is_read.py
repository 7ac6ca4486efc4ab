"""Counts the days from today, and not from the day on which the mail came."""

CAUGHT_BY = ["test_a_mail_becomes_a_ticket"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries):
        attempts.append(attempt := ask(messages))
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, date.today().isoformat()), attempts)
        if attempt.refused:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
