"""Turns an error of the provider into an attempt: an outage buries the mails of a whole day."""

CAUGHT_BY = ["test_a_broken_connection_is_no_attempt"]
HINT = 3


def ask(messages: Messages) -> Attempt:
    try:
        create = client().chat.completions.create
        return heard(create(model=model("fast"), messages=messages, response_format=schema()))
    except APIError as error:
        return Attempt("", str(error), Usage())
