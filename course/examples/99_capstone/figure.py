"""The figure of 99_capstone: what each call of a long chain sends, drawn as SVG in the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 300, 58, 96, 16, 50
SOFT, MARK = "var(--soft, #777)", "var(--mark, #a8321a)"


def drawn(whole: Sequence[int], folded: Sequence[int]) -> str:
    """An SVG with two lines over the calls: input tokens with the whole history, and with the folded one."""
    top = math.ceil(max(whole) / 200) * 200
    body = "\n".join(
        [_axes(len(whole), top), *_line(whole, top, SOFT, "whole"), *_line(folded, top, MARK, "folded")]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="system-ui, sans-serif" font-size="15" fill="currentColor">\n{body}\n</svg>\n'
    )


def _x(call: int, calls: int) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * (call - 1) / (calls - 1), 1)


def _y(tokens: float, top: int) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * tokens / top, 1)


def _axes(calls: int, top: int) -> str:
    parts = []
    for tokens in range(0, top + 1, 200):
        y = _y(tokens, top)
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="{SOFT}" stroke-opacity="0.3"/>'
        )
        parts.append(f'<text x="{LEFT - 10}" y="{y + 5}" text-anchor="end" fill="{SOFT}">{tokens}</text>')
    for call in range(1, calls + 1):
        parts.append(_centred(_x(call, calls), HEIGHT - BOTTOM + 20, str(call)))
    parts.append(_centred((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "input tokens of each call"))
    return "\n".join(parts)


def _centred(x: float, y: float, words: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" fill="{SOFT}">{words}</text>'


def _line(tokens: Sequence[int], top: int, colour: str, name: str) -> list[str]:
    points = [(_x(call, len(tokens)), _y(count, top)) for call, count in enumerate(tokens, 1)]
    path = "L".join(f"{x} {y}" for x, y in points)
    dots = [f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in points]
    end_x, end_y = points[-1]
    label = f'<text x="{end_x + 12}" y="{end_y + 5}" fill="{colour}">{name} {tokens[-1]:,}</text>'
    return [f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>', *dots, label]
