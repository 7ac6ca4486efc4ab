"""The figure of 04_cot: when there is something to read, drawn as SVG in the page's own colours."""

from __future__ import annotations

import math
from collections.abc import Sequence

WIDTH, LEFT, RIGHT, TOP, ROW = 560, 128, 20, 34, 56
SOFT, MARK = "var(--soft, #777)", "var(--mark, #a8321a)"


def drawn(rows: Sequence[tuple[str, Sequence[float], str]]) -> str:
    """An SVG, a row per way to ask: a small dot where a step arrives, a large one where the answer does."""
    end = math.ceil(max(times[-1] for _, times, _ in rows))
    bottom = TOP + ROW * len(rows)
    shapes = [_axis(end, bottom)]
    for number, row in enumerate(rows):
        shapes.append(_row(*row, end, TOP + ROW * number + ROW / 2))
    body = "\n".join(shapes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 48}" '
        f'font-family="system-ui, sans-serif" font-size="15" fill="currentColor">\n{body}\n</svg>\n'
    )


def _x(seconds: float, end: float) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * seconds / end, 1)


def _axis(end: int, bottom: float) -> str:
    lines = []
    for second in range(end + 1):
        x = _x(second, end)
        lines.append(
            f'<line x1="{x}" x2="{x}" y1="{TOP - 8}" y2="{bottom}" stroke="{SOFT}" stroke-opacity="0.3"/>'
        )
        lines.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle" fill="{SOFT}">{second}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    lines.append(
        f'<text x="{middle}" y="{bottom + 40}" text-anchor="middle" fill="{SOFT}">seconds after asking</text>'
    )
    return "\n".join(lines)


def _row(name: str, times: Sequence[float], answer: str, end: float, y: float) -> str:
    first, last = _x(times[0], end), _x(times[-1], end)
    parts = [
        f'<text x="{LEFT - 16}" y="{y + 5}" text-anchor="end">{name}</text>',
        f'<path d="M{LEFT} {y}H{first}" stroke="{SOFT}" stroke-width="2" stroke-dasharray="3 5"/>',
        f'<path d="M{first} {y}H{last}" stroke="currentColor" stroke-width="2"/>',
    ]
    for time in times[:-1]:
        parts.append(f'<circle cx="{_x(time, end)}" cy="{y}" r="5"/>')
    if len(times) > 1:
        parts.append(f'<text x="{first}" y="{y - 14}" text-anchor="middle">{times[0]:.1f} s</text>')
    parts.append(f'<circle cx="{last}" cy="{y}" r="7" fill="{MARK}"/>')
    words, anchor = f"{times[-1]:.1f} s: {answer}", "start" if last < WIDTH * 0.6 else "end"
    parts.append(f'<text x="{last}" y="{y - 14}" text-anchor="{anchor}" fill="{MARK}">{words}</text>')
    return "\n".join(parts)
