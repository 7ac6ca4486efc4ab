"""Counts the corrections instead of the calls: three tries are four calls."""

CAUGHT_BY = ["test_gives_up_after_the_tries_allowed"]
HINT = 4


def extract(mail: Mail, tries: int = 3) -> Extraction:
    attempts: list[Attempt] = []
    messages = brief(mail)
    for _ in range(tries + 1):
        attempts.append(attempt := ask(messages))
        if ticket := judged(attempt, mail):
            return Extraction(ticket, due(ticket.wanted_by, mail["received"]), attempts)
        if attempt.refused:
            break
        said = [{"role": "assistant", "content": attempt.text}] if attempt.text else []
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
