"""The calculator that everybody writes first, and four things it says."""

from __future__ import annotations


# --8<-- [start:naive]
def calculator(expression: str) -> float:
    return eval(expression)


WRITTEN_BY_A_MODEL = [
    "240 * 0.15",
    "0.10 + 0.20",
    "15% of 240",
    "open('pyproject.toml').readline()",
]
# --8<-- [end:naive]


def said(expression: str) -> str:
    """What the calculator returns or raises, as a person sees it."""
    try:
        return repr(calculator(expression))
    except Exception as reason:
        return type(reason).__name__


if __name__ == "__main__":
    for expression in WRITTEN_BY_A_MODEL:
        print(f"{expression:<36}{said(expression)}")
