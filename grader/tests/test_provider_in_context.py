"""The nearest-example reader: it finds the examples of a prompt in many forms, and answers by them alone."""

from __future__ import annotations

import json

import pytest

from grader.provider.in_context import found, nearest_example
from grader.provider.readers import READERS

LABELS = ["NDA", "Employment", "Lease", "Loan", "Supply", "Sale of Goods"]
RENT = "The tenant pays rent to the landlord each month."
BANK = "The bank lends money at a rate of interest."
ASKED = "The lessee pays rent for rooms, and the bank is told."
SET = f"Choose one of: {', '.join(LABELS)}."
BULLETS = "Categories:\n- " + "\n- ".join(LABELS)


def system(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": text}, {"role": "user", "content": ASKED}]


def user(text: str) -> list[dict[str, str]]:
    return [{"role": "system", "content": SET}, {"role": "user", "content": text}]


def pairs(rent: str, bank: str) -> list[dict[str, str]]:
    return [
        {"role": "system", "content": SET},
        {"role": "user", "content": RENT},
        {"role": "assistant", "content": rent},
        {"role": "user", "content": f"Contract: {BANK}"},
        {"role": "assistant", "content": bank},
        {"role": "user", "content": ASKED},
    ]


JSON = [{"text": RENT, "label": "Lease"}, {"text": BANK, "label": "Loan"}]
FORMS = {
    "pairs": pairs("Lease", "Loan"),
    "pairs in JSON": pairs('{"label": "Lease"}', '{"label": "Loan"}'),
    "pairs with a key": pairs("Category: lease", "**Loan**"),
    "arrows": system(f"{SET}\n{RENT} -> Lease\n{BANK} -> Loan"),
    "lines": user(f"Contract: {RENT}\nCategory: Lease\n\nContract: {BANK}\nCategory: Loan\n\n"
                  f"Contract: {ASKED}\nCategory:"),
    "after bullets": system(f"{BULLETS}\n\nExamples:\nText: {RENT}\nLabel: Lease\n\n"
                            f"Text: {BANK}\nLabel: Loan\n"),
    "markdown": system(f"{BULLETS}\n\n### Example 1\n{RENT}\n**Lease**\n\n### Example 2\n{BANK}\n**Loan**\n"),
    "tags": user(f"<labels>{LABELS}</labels>\n<example>\n<contract>{RENT}</contract>\n<label>Lease</label>\n"
                 f"</example>\n<example>\n<contract>{BANK}</contract>\n<label>Loan</label>\n</example>\n"
                 f"<contract>{ASKED}</contract>"),
    "JSON lines": system("\n".join(["Examples:", *map(json.dumps, JSON)])),
    "JSON list": user(f"Examples: {json.dumps(JSON)}\nContract: {ASKED}"),
    "JSON indented": user(f"Examples:\n{json.dumps(JSON, indent=2)}\n\nContract: {ASKED}"),
    "label first": system(f"[Lease] {RENT}\n[Loan] {BANK}"),
    "label and colon": system(f"Lease: {RENT}\nLoan: {BANK}"),
    "label above": user(f"Category: Lease\nContract: {RENT}\n\nCategory: Loan\nContract: {BANK}\n\n"
                        f"Now this one:\n{ASKED}"),
    "in brackets": system(f"1. {RENT} (Lease)\n2. {BANK} (Loan)"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_finds_the_examples_in_any_form(form: str) -> None:
    """A learner's prompt is not the reference's: texts and labels are found in whatever order and dress."""
    question, examples = found(FORMS[form], LABELS)

    assert [(text.removeprefix("1. ").removeprefix("2. "), label) for text, label in examples] == [
        (RENT, "Lease"),
        (BANK, "Loan"),
    ]
    assert question.endswith(ASKED)


@pytest.mark.parametrize("prompt", [SET, BULLETS, f"Labels: {json.dumps(LABELS)}", "\n".join(LABELS)])
def test_a_list_of_labels_is_no_example(prompt: str) -> None:
    """The closed set names every label and is an example of none."""
    for messages in (system(prompt), user(f"{prompt}\n\n{ASKED}")):
        question, examples = found(messages, LABELS)
        assert examples == []
        assert question.endswith(ASKED)


def test_what_is_in_the_prompt_decides() -> None:
    """With the right example the answer is right, with another label on it it is that label."""
    settings = {"labels": LABELS, "voice": 1}
    assert nearest_example(pairs("Lease", "Loan"), settings) == "Lease"
    assert nearest_example(pairs("Supply", "Loan"), settings) == "Supply"


def test_label_names_answer_when_there_is_no_example() -> None:
    """Without examples only a label's own words help."""
    settings = {"labels": LABELS}
    assert nearest_example([{"role": "user", "content": "A loan of $50 to a friend"}], settings) == "Loan"
    assert nearest_example([{"role": "user", "content": "Nothing known here"}], settings) == LABELS[0]


def test_a_voice_changes_the_form_and_not_the_label() -> None:
    """Recording with another voice must not change a verdict."""
    settings = {"labels": LABELS, "forms": ["{label}", '"{label}".']}
    said = [
        READERS["nearest_example"](pairs("Lease", "Loan"), {**settings, "voice": voice})
        for voice in (1, 2, 3)
    ]

    assert said == ["Lease", '"Lease".', "Lease"]
