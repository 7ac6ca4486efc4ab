"""Puts the ticket into the outbox without its day: the desk sees words, and has to count itself."""

CAUGHT_BY = ["test_tickets_go_into_the_outbox"]
HINT = 6


def post(store: Any, mail: Mail, ticket: BaseModel, day: date | None) -> None:
    outbox = "INSERT INTO tickets (mail_id, ticket, due) VALUES (?, ?, ?)"
    store.execute(outbox, [mail["id"], ticket.model_dump_json(), None])
    store.execute("UPDATE mail SET state = 'done' WHERE id = ?", [mail["id"]])
