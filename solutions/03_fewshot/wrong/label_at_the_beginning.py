"""Takes the label that a reply begins with, so that a sentence about a label is an answer."""

CAUGHT_BY = ["test_what_is_no_label_is_refused[explained]"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    reply = client().chat.completions.create(model=model("fast"), messages=few_shot(text, examples, labels))
    said, usage = reply.choices[0].message.content or "", spent_on(reply)
    for label in labels:
        if said.strip(" \n\"'`.").casefold().startswith(label.casefold()):
            return Verdict(label, usage)
    raise UnknownLabel(said, usage)
