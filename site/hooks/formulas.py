"""Formulas become MathML when the site is built, so that no page needs a script to show one."""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
BLOCK = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)


def mathml(page: str) -> str:
    """Return the page's HTML with every `$...$` and `$$...$$` that arithmatex marked turned into `<math>`."""
    page = INLINE.sub(lambda found: convert(html.unescape(found[1])), page)
    return BLOCK.sub(lambda found: _block(html.unescape(found[1])), page)


def _block(latex: str) -> str:
    # A wide formula scrolls in its own box: on a phone the page must not scroll sideways.
    return f'<div class="formula" tabindex="0">{convert(latex.strip(), display="block")}</div>'


def on_page_content(text: str, **_: Any) -> str:
    """MkDocs calls this with each page's HTML."""
    return mathml(text)
