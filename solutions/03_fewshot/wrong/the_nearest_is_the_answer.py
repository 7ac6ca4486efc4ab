"""Takes the first example's label and asks nobody: retrieval finds what is similar, the model decides."""

CAUGHT_BY = ["test_returns_the_models_label"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    return Verdict(examples[0]["label"] if examples else labels[0], Usage())
