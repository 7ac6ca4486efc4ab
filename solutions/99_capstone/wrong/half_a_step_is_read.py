"""Reads a reply that ended at its token limit, because what there is of it can be read."""

CAUGHT_BY = ["test_a_truncated_reply_is_asked_for_again"]
HINT = 3


strict = read_step


def read_step(reply: Completion) -> dict[str, Any]:
    return strict(Completion(reply.text, reply.usage, "stop"))
