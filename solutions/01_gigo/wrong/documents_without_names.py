"""Shows the documents without their ids: the model has to make up what it cites."""

CAUGHT_BY = ["test_the_models_know_what_they_choose_from"]
HINT = 3


def answer_messages(query: str, documents: Documents) -> Messages:
    return framed(ANSWER.format(documents="\n".join(documents.values())), query)
