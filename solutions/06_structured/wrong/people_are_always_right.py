"""Takes what a person writes without reading it: people mistype order numbers too."""

CAUGHT_BY = ["test_a_person_can_be_wrong_too"]
HINT = 7


def correct(path: str, mail_id: str, text: str) -> None:
    with opened(path) as store:
        mail = claimed(store, mail_id)
        ticket = Ticket.model_validate_json(text)
        post(store, mail, ticket, due(ticket.wanted_by, mail["received"]))
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
        pair = [mail_id, tried(store, mail_id)[-1]["text"], ticket.model_dump_json()]
        store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?, ?, ?)", pair)
