"""Mends an unknown label to the one that is spelled most like it, so half a label becomes an answer."""

CAUGHT_BY = ["test_what_is_no_label_is_refused"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    from difflib import get_close_matches

    reply = client().chat.completions.create(model=model("fast"), messages=few_shot(text, examples, labels))
    said, usage = reply.choices[0].message.content or "", spent_on(reply)
    close = get_close_matches(said.strip("\"'`. ").title(), labels, n=1, cutoff=0.0)
    return Verdict(close[0], usage)
