"""Evaluates what the model wrote as Python: whoever can word a question can run code."""

CAUGHT_BY = ["test_what_is_not_arithmetic_is_refused"]
HINT = 1


def calculate(expression: str) -> str:
    # In decimals, so that 9^9^9 overflows instead of running for hours; the rest is as bad as it looks.
    text = expression[:500].replace("^", "**").replace("×", "*").replace("÷", "/").replace("−", "-")
    text = re.sub(r"[$,]|(?<=%) of", lambda found: "*" if found[0] == " of" else "", text)
    text = re.sub(r"([\d.]+)%", r"(\1/100)", text)
    text = re.sub(r"\d+\.?\d*", lambda found: f"Decimal('{found[0]}')", text)
    with localcontext(DIGITS):
        return format(+eval(text), "f")
