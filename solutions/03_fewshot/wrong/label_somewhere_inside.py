"""Looks for a label anywhere in the reply, so that "not a Lease" is a Lease."""

CAUGHT_BY = ["test_what_is_no_label_is_refused[chatty]"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    reply = client().chat.completions.create(model=model("fast"), messages=few_shot(text, examples, labels))
    said, usage = reply.choices[0].message.content or "", spent_on(reply)
    for label in labels:
        if label.casefold() in said.casefold():
            return Verdict(label, usage)
    raise UnknownLabel(said, usage)
