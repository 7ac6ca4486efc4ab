"""Calls `eval` without builtins, which every object's `__class__` walks around."""

CAUGHT_BY = ["test_what_is_not_arithmetic_is_refused"]
HINT = 1


def calculate(expression: str) -> str:
    text = respelled(expression[:500])
    text = re.sub(r"\d+\.?\d*", lambda found: f"D('{found[0]}')", text)
    allowed = {"__builtins__": {}, "D": Decimal, "percent": lambda number: number / 100}
    try:
        with localcontext(DIGITS):
            value = eval(text, allowed)
            return format(value, "f") if isinstance(value, Decimal) else str(value)
    except Exception as reason:
        raise NotArithmetic(str(reason)) from reason
