"""Sends the whole handbook along to be on the safe side: the category was paid for and not used."""

CAUGHT_BY = ["test_only_the_intents_documents_are_sent"]
HINT = 7
narrow = route


def route(text: str, bank: dict[str, Any]) -> Handled:
    everything = {name: said for documents in bank["handbook"].values() for name, said in documents.items()}
    return narrow(text, {"faq": bank["faq"], "handbook": dict.fromkeys(bank["handbook"], everything)})
