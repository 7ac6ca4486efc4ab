"""Returns whatever the model said, as if it could only say labels."""

CAUGHT_BY = ["test_what_is_no_label_is_refused", "test_spelling_is_forgiven"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    reply = client().chat.completions.create(model=model("fast"), messages=few_shot(text, examples, labels))
    return Verdict(reply.choices[0].message.content.strip(), spent_on(reply))
