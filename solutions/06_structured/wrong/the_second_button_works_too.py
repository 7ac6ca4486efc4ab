"""Does not ask whether the mail is dead: the second person undoes what the first one did."""

CAUGHT_BY = ["test_who_comes_second_is_told"]
HINT = 7


def claimed(store: Any, mail_id: str) -> Mail:
    if (mail := known(store, mail_id)) is None:
        raise NoSuchMail(f"{mail_id} is no mail's id.")
    return mail
