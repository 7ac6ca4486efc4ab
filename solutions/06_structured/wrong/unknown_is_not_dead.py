"""Answers 409 for an id that nobody knows: a slip in the address looks like a colleague's work."""

CAUGHT_BY = ["test_a_mail_that_nobody_knows_is_a_404"]
HINT = 7


def claimed(store: Any, mail_id: str) -> Mail:
    store.execute("BEGIN IMMEDIATE")  # whoever presses the button second waits here, and comes too late
    if (mail := known(store, mail_id)) is None:
        raise NotDead(f"{mail_id} is no mail's id.")
    if not store.execute("SELECT 1 FROM dead WHERE mail_id = ?", [mail_id]).fetchone():
        raise NotDead(f"{mail_id} is not dead, or not any more.")
    return mail
