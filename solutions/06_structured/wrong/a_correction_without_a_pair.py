"""Forgets the correction: the next version of the prompt cannot learn from it."""

CAUGHT_BY = ["test_a_correction_is_worth_keeping"]
HINT = 7


def correct(path: str, mail_id: str, text: str) -> None:
    with opened(path) as store:
        mail = claimed(store, mail_id)
        ticket = read(text, mail)
        post(store, mail, ticket, due(ticket.wanted_by, mail["received"]))
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
