"""The build hooks: formulas, figures, lists made from the repository, coloured screens."""

from __future__ import annotations

import subprocess

import pytest

from grader.course import Module
from grader.tests.site_support import hook

pytest.importorskip("material", reason="the site's packages are missing; get them: pip install -e '.[site]'")

formulas, figures, macros, screens = map(hook, ("formulas", "figures", "macros", "screens"))
DRAWING = '<svg viewBox="0 0 9 9" width="9"><path id="a"/><use href="#a"/><g fill="url(#a)"/></svg>'


def test_inline_formula_becomes_mathml():
    """A formula in a sentence needs no script."""
    page = formulas.mathml(r'<p><span class="arithmatex">\(p &lt; \frac{1}{2}\)</span></p>')
    assert "<mfrac>" in page
    assert "arithmatex" not in page
    assert "&lt;" in page or "&#x0003C;" in page


def test_display_formula_can_be_scrolled_by_keyboard():
    """A formula wider than a phone scrolls in its own box, which the keyboard reaches."""
    page = formulas.mathml('<div class="arithmatex">\\[x^2\\]</div>')
    assert '<div class="formula" tabindex="0"><math' in page
    assert 'display="block"' in page


def test_figure_says_what_it_shows_and_shrinks():
    """The drawing has its alternative text and no fixed size."""
    drawing = figures.inline(DRAWING, "a.svg", 'steps &amp; "times"')
    assert 'role="img" aria-label="steps &amp; &quot;times&quot;"' in drawing
    assert "width=" not in drawing


def test_two_figures_do_not_share_ids():
    """Ids get the file's name in front, and so do the references to them."""
    drawing = figures.inline(DRAWING, "one/a.svg", "a")
    assert 'id="a-a"' in drawing
    assert ' xlink:href="#a-a"' in drawing
    assert "url(#a-a)" in drawing


def test_matplotlibs_style_stays_in_its_figure():
    """A rule for everything becomes a style of the drawing alone."""
    style = '<defs><style type="text/css">*{stroke-linejoin: round}</style></defs>'
    drawing = figures.inline(f'<svg viewBox="0 0 9 9">{style}</svg>', "a.svg", "a")
    assert "<style" not in drawing
    assert 'style="stroke-linejoin: round"' in drawing


@pytest.mark.parametrize(
    ("svg", "alt", "names"),
    [
        (DRAWING, "", "alternative text"),
        ("<svg><path/></svg>", "a", "viewBox"),
        ('<svg viewBox="0 0 9 9"><style>p{color:red}</style></svg>', "a", "<style>"),
    ],
    ids=["no alternative text", "no viewBox", "a style that would leak"],
)
def test_a_bad_figure_stops_the_build(svg, alt, names):
    """The message names the file and what is wrong with it."""
    with pytest.raises(figures.BadFigure, match=names) as caught:
        figures.inline(svg, "a.svg", alt)
    assert "a.svg" in str(caught.value)


@pytest.fixture
def small(tmp_path) -> Module:
    """A course of one module with two tasks, three checks and two wrong solutions."""
    each = Module("07_small", tmp_path)
    for folder in (each.exercise, each.solution / "wrong", tmp_path / "course"):
        folder.mkdir(parents=True)
    each.hints_file.write_text("# Hints\n\n## 1. Say it\n\n### Level 1\n\n## 2. Stop.\n")
    each.test_file.write_text(
        'import pytest\n\n@pytest.mark.task(1)\ndef test_a():\n    """You say it."""\n\n'
        '@pytest.mark.task(2, needs=[1])\nasync def test_b():\n    """You\n    stop."""\n\n'
        '@pytest.mark.task(2)\n@pytest.mark.cassette("c")\ndef test_c():\n    """You stop twice."""\n'
    )
    (each.solution / "wrong" / "b_never.py").write_text('"""Never says it."""\nHINT = 1\n')
    (each.solution / "wrong" / "a_late.py").write_text('"""Says it\nlate."""\nHINT = 2\n')
    each.starter.write_text('def a():\n    raise NotImplementedError("Task 1: say it once")\n')
    each.chapter.write_text("# 07 · Small things\n\n**Goal:** say it once.\n")
    return each


def test_common_mistakes_are_the_wrong_solutions(small):
    """The list is the docstrings, each on one line, under the task whose hint they need."""
    assert macros.common_mistakes(small) == (
        '<div class="dense" markdown>\n\n'
        "**1. Say it**\n\n- Never says it.\n\n**2. Stop**\n\n- Says it late.\n\n</div>"
    )


def test_many_mistakes_of_a_task_are_folded(small):
    """Four are shown; of more, three are shown and the others counted in a fold. None is lost."""
    for number in range(4):
        path = small.solution / "wrong" / f"c{number}.py"
        path.write_text(f'"""Says it {number} times."""\nHINT = 1\n')
        made = macros.common_mistakes(small)
        assert ('??? checks "2 more"' in made) == (number == 3)
        assert f"- Says it {number} times." in made

    assert '- Says it 1 times.\n\n??? checks "2 more"\n\n    - Says it 2 times.\n    - Says it 3' in made


def test_a_mistake_without_a_task_is_refused(small):
    """A wrong solution that names no task would vanish from the list."""
    (small.solution / "wrong" / "c.py").write_text('"""Says nothing."""\n')
    with pytest.raises(ValueError, match=r"c\.py names no task"):
        macros.common_mistakes(small)


def test_tasks_are_numbered_as_the_hints_and_hold_their_checks(small):
    """Each task has its number, its title, the starter's sentence, and its checks' sentences in a fold."""
    made = macros.tasks(small)
    assert made.startswith("1. **Say it:** say it once.\n")
    assert "2. **Stop**\n" in made
    fold = made.split("2. **Stop**")[1]
    assert '    ??? checks "What its checks hold you to"\n' in fold
    assert "        - You stop.\n        - You stop twice.\n" in fold


def test_a_solved_task_keeps_its_line(small):
    """The list is of the exercises as they were handed out, whatever the reader has written since."""
    as_handed_out = macros.tasks(small)
    git = ["git", "-C", str(small.root), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *command], check=True)
    small.starter.write_text("def a():\n    return 1\n")

    assert macros.tasks(small) == as_handed_out


def test_goal_is_read_from_the_chapter(small):
    """The map quotes the chapter's own goal."""
    assert macros.goal(small) == "say it once."
    assert small.title == "Small things"


def test_a_macro_that_finds_nothing_warns(caplog):
    """In a strict build a warning is a failure, so a renamed module cannot lose its list silently."""
    assert macros.expand("a\n<!-- tasks: 98_nowhere -->\nb") == "a\n\nb"
    assert "98_nowhere" in caplog.text


def test_screens_get_colours_and_other_blocks_do_not():
    """The words for a state are coloured in screens only, and only where they tell a state."""
    lines = ["$ run it", "FAILED  task 4  test_passed", "  task 1  Read what has  failed", "$5 spent"]
    code = "<code>" + "\n".join(f'<span class="go">{line}</span>' for line in lines) + "</code>"
    shown = screens.colour(f'<div class="console screen"><pre>{code}</pre></div><div>{code}</div>')
    screen, other = shown.split("</div>")[:2]
    assert screen.split("<code>")[1].splitlines() == [
        '<span class="quiet">$ </span><b>run it</b>',
        '<span class="bad">FAILED</span>  task 4  test_passed',
        '  task 1  Read what has  <span class="bad">failed</span>',
        "$5 spent</code></pre>",
    ]
    assert other == f"<div>{code}"
