"""Keeps the pair in a transaction of its own: the correction can stand without it."""

CAUGHT_BY = ["test_a_correction_is_one_transaction"]
HINT = 7


def correct(path: str, mail_id: str, text: str) -> None:
    with opened(path) as store:
        mail = claimed(store, mail_id)
        ticket = read(text, mail)
        post(store, mail, ticket, due(ticket.wanted_by, mail["received"]))
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
    with opened(path) as store:
        pair = [mail_id, tried(store, mail_id)[-1]["text"], ticket.model_dump_json()]
        store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?, ?, ?)", pair)
