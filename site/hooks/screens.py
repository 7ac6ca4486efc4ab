"""Terminal screens get their colours when the site is built; the recorded text itself has none."""

from __future__ import annotations

import re
from typing import Any

SCREEN = re.compile(r'<div class="[^"]*\bscreen\b[^"]*">.*?</div>', re.DOTALL)
KINDS = {"✓": "good", "✗": "bad", "!": "bad", "·": "quiet", "○": "quiet"}
MARKED_LINE = re.compile(r"^(\s*)([✓✗!·○])(?= )", re.MULTILINE)


def colour(page: str) -> str:
    """Return the page's HTML with the states' marks in every `.screen` block wrapped for the style sheet."""

    def mark(found: re.Match[str]) -> str:
        return f'{found[1]}<span class="{KINDS[found[2]]}">{found[2]}</span>'

    return SCREEN.sub(lambda block: MARKED_LINE.sub(mark, block[0]), page)


def on_page_content(text: str, **_: Any) -> str:
    """MkDocs calls this with each page's HTML."""
    return colour(text)
