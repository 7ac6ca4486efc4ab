"""Deletes the attempts with the dead letter: what they cost is in no book any more."""

CAUGHT_BY = ["test_a_redriven_mail_waits_again"]
HINT = 7


def redrive(path: str, mail_id: str) -> None:
    with opened(path) as store:
        claimed(store, mail_id)
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
        store.execute("UPDATE mail SET state = 'waiting' WHERE id = ?", [mail_id])
        store.execute("DELETE FROM attempts WHERE mail_id = ?", [mail_id])
