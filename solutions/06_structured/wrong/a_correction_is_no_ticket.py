"""Takes the letter out of the queue, and never posts the ticket: nobody works on it."""

CAUGHT_BY = ["test_a_corrected_ticket_goes_the_way_of_all_tickets"]
HINT = 7


def correct(path: str, mail_id: str, text: str) -> None:
    with opened(path) as store:
        mail = claimed(store, mail_id)
        ticket = read(text, mail)
        store.execute("UPDATE mail SET state = 'done' WHERE id = ?", [mail["id"]])
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
        pair = [mail_id, tried(store, mail_id)[-1]["text"], ticket.model_dump_json()]
        store.execute("INSERT INTO pairs (mail_id, wrong, right) VALUES (?, ?, ?)", pair)
