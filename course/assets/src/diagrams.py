"""Draws the course's diagrams: `python course/assets/src/diagrams.py` writes the SVG files one folder up.

Colours are the page's: `currentColor` for ink, `--soft`, `--mark` and `--raised` where the site defines them.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOFT, MARK, RAISED = "var(--soft, #777)", "var(--mark, #a8321a)", "var(--raised, #f4f1ea)"
FONT = "var(--sans, sans-serif)"
BOX = (158, 58)  # width and height


def text(x: float, y: float, words: str, *, size: int = 17, fill: str = "currentColor", **more: str) -> str:
    """One line of text around (x, y), in the diagram's own units."""
    extra = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in more.items())
    anchor = "" if "text_anchor" in more else ' text-anchor="middle"'
    return f'<text x="{x}" y="{y}" font-size="{size}" fill="{fill}"{anchor}{extra}>{escape(words)}</text>'


def box(x: float, y: float, title: str, note: str, *, edge: str = SOFT) -> str:
    """A rounded box with its top left corner at (x, y), a title and a quieter note below it."""
    middle = x + BOX[0] / 2
    shape = (
        f'<rect x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="6" fill="{RAISED}" stroke="{edge}"/>'
    )
    heading = text(middle, y + 25, title, font_weight="600")
    return shape + heading + text(middle, y + 45, note, size=15, fill=SOFT)


def arrow(points: str, *, reply: bool = False) -> str:
    """A line through `points` with a head at its end; a reply is dashed and in the accent colour."""
    colour, dash = (MARK, ' stroke-dasharray="5 4"') if reply else ("currentColor", "")
    head = "reply" if reply else "sent"
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"{dash} '
        f'marker-end="url(#{head})"/>'
    )


def marker(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
        f'orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
    )


def drawing(width: int, height: int, *parts: str) -> str:
    """A whole SVG file of the given size from its parts."""
    defs = f"<defs>{marker('sent', 'currentColor')}{marker('reply', MARK)}</defs>"
    body = "\n".join((defs, *parts))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="{FONT}">\n'
        f"{body}\n</svg>\n"
    )


COLUMNS, ROWS = (1, 201, 401), (4, 108, 212)  # left edges and upper edges of the boxes


def straight_line() -> str:
    """From a check through the learner's code to the recorded reply, and back to the verdict."""
    (left, middle, right), (top, centre, bottom) = COLUMNS, ROWS
    return drawing(
        560,
        274,
        box(left, top, "cot.py", "your code", edge=MARK),
        box(middle, top, "the SDK", "unmodified"),
        box(right, top, "tape", "takes the request"),
        box(left, centre, "test_cot.py", "asserts"),
        box(middle, centre, "ledger", "what was sent"),
        box(right, centre, "facts, match", "which step?"),
        box(left, bottom, "verdict", "in words"),
        box(right, bottom, "cassette", "the recording"),
        arrow("80,106 80,64"),
        arrow("159,26 199,26"),
        arrow("359,26 399,26"),
        arrow("470,62 470,106"),
        arrow("470,166 470,210"),
        arrow("500,210 500,168", reply=True),
        arrow("500,106 500,64", reply=True),
        arrow("399,42 361,42", reply=True),
        arrow("199,42 161,42", reply=True),
        arrow("430,62 430,84 280,84 280,106"),
        arrow("199,137 161,137"),
        arrow("80,166 80,210"),
        arrow("226,234 264,234"),
        arrow("264,256 226,256", reply=True),
        text(276, 239, "requests", size=15, text_anchor="start"),
        text(276, 261, "replies", size=15, fill=MARK, text_anchor="start"),
    )


def cot_loop() -> str:
    """The loop of chapter 04: ask for one step, check it, correct it, keep it, stop."""
    (left, middle, right), (top, centre, bottom) = COLUMNS, ROWS
    return drawing(
        560,
        274,
        box(left, top, "messages", "system, question"),
        box(middle, top, "ask", "for one step", edge=MARK),
        box(right, top, "parse", "JSON and schema"),
        box(left, centre, "a clear error", "and what it cost"),
        box(middle, centre, "within limits?", "steps, attempts"),
        box(right, centre, "keep", "append the step"),
        box(right, bottom, "answer", "the last step"),
        arrow("159,33 199,33"),
        arrow("359,26 399,26"),
        arrow("480,62 480,106"),
        arrow("480,166 480,210"),
        arrow("399,48 380,48 380,124 361,124", reply=True),
        arrow("399,150 361,150"),
        arrow("280,106 280,64"),
        arrow("199,137 161,137"),
        text(490, 90, "good", size=15, text_anchor="start"),
        text(490, 194, "final", size=15, text_anchor="start"),
        text(372, 90, "bad", size=15, fill=MARK, text_anchor="end"),
        text(380, 170, "more", size=15),
        text(290, 90, "yes", size=15, text_anchor="start"),
        text(180, 128, "no", size=15),
    )


DIAGRAMS = {"straight_line": straight_line, "04_cot_loop": cot_loop}


def write(folder: Path = HERE.parent) -> None:
    """Write every diagram into `folder`."""
    for name, draw in DIAGRAMS.items():
        (folder / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    write()
