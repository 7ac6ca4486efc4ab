"""Takes the smart tier to be on the safe side, at many times the price, for one word."""

CAUGHT_BY = ["test_one_call_to_the_fast_tier"]
HINT = 2


def classify(text: str, examples: list[Example], labels: list[str]) -> Verdict:
    reply = client().chat.completions.create(model=model("smart"), messages=few_shot(text, examples, labels))
    said, usage = reply.choices[0].message.content or "", spent_on(reply)
    found = {label.casefold(): label for label in labels}.get(said.strip(" \n\"'`.").casefold())
    if found is None:
        raise UnknownLabel(said, usage)
    return Verdict(found, usage)
