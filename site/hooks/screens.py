"""Terminal screens get their colours when the site is built; the recorded text itself has none."""

from __future__ import annotations

import re
from typing import Any

# What Pygments took a screen's text for does not matter: a line that begins with "$" may hold dollars.
SCREEN = re.compile(r'(<div class="[^"]*\bscreen\b[^"]*">.*?<code>)(.*?)(</code>)', re.DOTALL)
SPAN = re.compile(r"</?span[^>]*>")
PROMPT = re.compile(r"^(\$ )(.*)$", re.MULTILINE)
HEADLINE = re.compile(r"^(FAILED|BROKEN|OUR FAULT|NOT STARTED|PASSED)\b", re.MULTILINE)
STATE = re.compile(r"^(  task \d+ .*?  )(passed|failed|broken|blocked|not started)\b(?=.*$)", re.MULTILINE)
KINDS = {"passed": "good", "failed": "bad", "broken": "bad", "our fault": "bad"}


def colour(page: str) -> str:
    """Return the page's HTML with prompts and the words for states in `.screen` blocks marked."""
    return SCREEN.sub(lambda block: block[1] + _marked(SPAN.sub("", block[2])) + block[3], page)


def _marked(text: str) -> str:
    text = PROMPT.sub(r'<span class="quiet">\1</span><b>\2</b>', text)
    text = HEADLINE.sub(lambda found: _state(found[1]), text)
    return STATE.sub(lambda found: found[1] + _state(found[2]), text)


def _state(word: str) -> str:
    return f'<span class="{KINDS.get(word.lower(), "quiet")}">{word}</span>'


def on_page_content(text: str, **_: Any) -> str:
    """MkDocs calls this with each page's HTML."""
    return colour(text)
