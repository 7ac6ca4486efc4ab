"""Deletes the letter in one transaction and wakes the mail in the next: in between it is nowhere."""

CAUGHT_BY = ["test_a_redrive_is_one_transaction[UPDATE ON mail]"]
HINT = 7


def redrive(path: str, mail_id: str) -> None:
    with opened(path) as store:
        claimed(store, mail_id)
        store.execute("DELETE FROM dead WHERE mail_id = ?", [mail_id])
    with opened(path) as store:
        store.execute("UPDATE mail SET state = 'waiting' WHERE id = ?", [mail_id])
