"""Looks whether the mail is dead, and claims nothing: two people at one moment both see that it is."""

CAUGHT_BY = ["test_who_comes_at_the_same_moment_is_told"]
HINT = 7


def claimed(store: Any, mail_id: str) -> Mail:
    if (mail := known(store, mail_id)) is None:
        raise NoSuchMail(f"{mail_id} is no mail's id.")
    if not store.execute("SELECT 1 FROM dead WHERE mail_id = ?", [mail_id]).fetchone():
        raise NotDead(f"{mail_id} is not dead, or not any more.")
    return mail
