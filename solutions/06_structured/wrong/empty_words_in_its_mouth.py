"""Sends an empty message back: some providers refuse the whole request for it."""

CAUGHT_BY = ["test_a_reply_that_is_none_is_asked_again[nothing]"]
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
        said = [{"role": "assistant", "content": attempt.text}]
        messages = [*messages, *said, {"role": "user", "content": attempt.problem}]
    raise Unusable(attempts)
