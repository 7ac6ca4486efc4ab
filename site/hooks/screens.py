"""Terminal screens get their colours when the site is built; the recorded text itself has none."""

from __future__ import annotations

import re
from typing import Any

SCREEN = re.compile(r'<div class="[^"]*\bscreen\b[^"]*">.*?</div>', re.DOTALL)
HEADLINE = re.compile(r'(<span class="go">)(FAILED|BROKEN|OUR FAULT|NOT STARTED|PASSED)\b')
STATE = re.compile(
    r'(<span class="go">  task \d+ .*?  )(passed|failed|broken|blocked|not started)(?=\b.*?</span>)'
)
KINDS = {"passed": "good", "failed": "bad", "broken": "bad", "our fault": "bad"}


def colour(page: str) -> str:
    """Return the page's HTML with the words for states in `.screen` blocks marked for the style sheet."""

    def mark(found: re.Match[str]) -> str:
        return f'{found[1]}<span class="{KINDS.get(found[2].lower(), "quiet")}">{found[2]}</span>'

    return SCREEN.sub(lambda block: STATE.sub(mark, HEADLINE.sub(mark, block[0])), page)


def on_page_content(text: str, **_: Any) -> str:
    """MkDocs calls this with each page's HTML."""
    return colour(text)
