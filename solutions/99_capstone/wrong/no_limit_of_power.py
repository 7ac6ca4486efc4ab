"""Refuses names and calls, but no size: 2^100000 is computed, and the answer is infinity."""

CAUGHT_BY = ["test_what_has_no_end_is_refused_at_once"]
HINT = 1


DIGITS = Context(prec=28, traps=[])
strict = evaluate
MAX_EXPONENT = 10**9


def calculate(expression: str) -> str:
    text = respelled(expression)
    try:
        with localcontext(DIGITS):
            return f"{ROUNDED.plus(evaluate(ast.parse(text, mode='eval').body)).normalize():f}"
    except (SyntaxError, ValueError, MemoryError, RecursionError) as reason:
        raise NotArithmetic(str(reason)) from reason
