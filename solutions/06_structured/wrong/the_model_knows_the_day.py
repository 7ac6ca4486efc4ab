"""Tells the model on which day the mail came: then it computes dates, and nobody can test how."""

CAUGHT_BY = ["test_the_model_gets_no_day_and_no_address"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    came = f"This mail came on a {date.fromisoformat(mail['received']):%A}."
    messages = [*brief(mail), {"role": "user", "content": came}]
    for _ in range(tries):
        attempts.append(attempt := ask(messages))
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if attempt.refused:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
