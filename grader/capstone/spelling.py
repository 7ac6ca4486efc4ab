"""How do people write arithmetic? Their signs, as the signs of a Python expression."""

from __future__ import annotations

import re

SIGNS = str.maketrans({"×": "*", "÷": "/", "−": "-", "^": "**", "$": "", "€": "", "£": ""})
SPELLINGS = [
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),  # 1,000 but not 1,5: a decimal comma must not make 15
    (re.compile(r"(?<![\d.])(\d+(?:\.\d*)?|\.\d+)\s*%"), r"percent(\1)"),
    (re.compile(r"\)\s*of\b"), ")*"),
    (re.compile(r"(?<=[\d)])\s+x\s+(?=[\d(.])"), "*"),
]


def respelled(expression: str) -> str:
    """`$1,000 × 15%` as `1000*percent(15)`; what is no arithmetic stays what it is."""
    text = expression.strip().translate(SIGNS)
    for pattern, spelling in SPELLINGS:
        text = pattern.sub(spelling, text)
    return text
