"""Falls back to a label of its own when the model names none: a guess that looks like an answer."""

CAUGHT_BY = ["test_what_is_no_label_is_refused"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    reply = client().chat.completions.create(model=model("fast"), messages=few_shot(text, examples, labels))
    said = (reply.choices[0].message.content or "").strip("\"'`. \n").casefold()
    found = {label.casefold(): label for label in labels}.get(said, labels[0])
    return Verdict(found, spent_on(reply))
