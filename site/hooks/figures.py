"""Figures are put into the page as SVG elements, so that they take their colours from the page's theme."""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError

IMAGE = re.compile(r"<img\b[^>]*?>")
ATTRIBUTE = re.compile(r'\b([\w:-]+)="([^"]*)"')
ROOT_TAG = re.compile(r"<svg\b([^>]*)>")
# Matplotlib writes one style rule for everything; in a page it would restyle the whole page.
MATPLOTLIB_STYLE = re.compile(r"<defs>\s*<style[^>]*>\s*\*\s*\{([^}]*)\}\s*</style>\s*</defs>")
# A figure has the page's width and the page's type.
REPLACED = re.compile(r"width|height|font-family|style|class|role|id|xmlns(?::\w+)?|version")
NOISE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)


class BadFigure(PluginError):
    """A figure that cannot be put into a page; the message says which, why, and what to do."""


def inline(svg: str, name: str, alt: str) -> str:
    """Return the text of an SVG file as an element that can stand in a page beside others like it."""
    if not alt:
        raise BadFigure(
            f"{name} has no alternative text. Write it between the brackets: ![what it shows]({name})"
        )
    svg = NOISE.sub("", svg).strip()
    common = MATPLOTLIB_STYLE.search(svg)
    svg = MATPLOTLIB_STYLE.sub("", svg)
    if "<style" in svg:
        raise BadFigure(
            f"{name} has a <style>, which would restyle the page. Use attributes and the page's variables."
        )
    root = ROOT_TAG.search(svg)
    attributes = dict(ATTRIBUTE.findall(root[1])) if root else {}
    if not root or "viewBox" not in attributes:
        raise BadFigure(f"{name} has no viewBox, so it cannot shrink on a phone. Give its <svg> a viewBox.")
    kept = {name: value for name, value in attributes.items() if not REPLACED.fullmatch(name)}
    kept |= {"class": "figure", "role": "img", "aria-label": html.escape(html.unescape(alt))}
    if common:
        kept["style"] = common[1].strip()
    opening = "<svg " + " ".join(f'{name}="{value}"' for name, value in kept.items()) + ">"
    return _own_ids(opening + svg[root.end() :], Path(name).stem)


def _own_ids(svg: str, stem: str) -> str:
    """Prefix every id, so that two figures on one page do not use each other's markers."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{stem}-\1"', svg)
    # With a plain `href`, the theme's instant navigation takes a <use> for a link and fails on it.
    svg = re.sub(r'\b(?:xlink:)?href="#([^"]+)"', rf'xlink:href="#{stem}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{stem}-\1)", svg)


def on_page_content(text: str, page: Any, config: Any, **_: Any) -> str:
    """Replace each image of a local SVG file by the drawing itself."""

    def replace(found: re.Match[str]) -> str:
        attributes = dict(ATTRIBUTE.findall(found[0]))
        source = attributes.get("src", "")
        if not source.endswith(".svg") or "://" in source:
            return found[0]
        path = Path(config["docs_dir"], posixpath.normpath(posixpath.join(page.url, source)))
        return inline(path.read_text(encoding="utf-8"), source, attributes.get("alt", ""))

    return IMAGE.sub(replace, text)
