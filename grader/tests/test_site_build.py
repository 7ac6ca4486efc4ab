"""The site builds strictly, loads nothing from elsewhere, and holds what its hooks promise."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.course import ROOT, modules
from grader.tests.site_support import built, hook, load, pages

pytest.importorskip("material", reason="the site's packages are missing; get them: pip install -e '.[site]'")

ELSEWHERE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)


class Loads(HTMLParser):
    """Collects what a page makes a browser fetch; links that a reader clicks are not loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        for name in ("src", "srcset", "data", "poster", "action", "xlink:href"):
            self.found += [values[name] or ""] if name in values else []
        if tag in ("link", "use", "image") and values.get("rel") not in ("canonical", "prev", "next"):
            self.found.append(values.get("href") or "")
        self.found += re.findall(r"url\(\s*['\"]?([^)'\"]+)", values.get("style") or "")


def loads(page: str) -> list[str]:
    """Return the addresses that a page's HTML loads."""
    parser = Loads()
    parser.feed(page)
    styles = " ".join(re.findall(r"<style.*?</style>", page, re.DOTALL))
    return parser.found + css_loads(styles)


def css_loads(text: str) -> list[str]:
    """Return the addresses that a style sheet loads."""
    return re.findall(r"(?:url\(|@import\s+)\s*['\"]?([^)'\";]+)", text)


@pytest.mark.parametrize(
    "bad",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//fonts.example/css">',
        '<img src="http://img.example/x.png">',
        '<p style="background:url(https://img.example/x.png)">',
        "<style>@import 'https://fonts.example/css';</style>",
    ],
)
def test_the_scan_sees_a_load_from_elsewhere(bad):
    """The scan below would notice each way in which a page can load something."""
    assert any(ELSEWHERE.match(address) for address in loads(bad))


def test_no_page_loads_anything_from_elsewhere():
    """HTML and style sheets name no other host in anything that a browser fetches by itself."""
    for read, files in ((loads, pages()), (css_loads, built().rglob("*.css"))):
        for path in files:
            found = [
                address for address in read(path.read_text(encoding="utf-8")) if ELSEWHERE.match(address)
            ]
            assert not found, f"{path.name} loads {found}"


def test_scripts_name_no_other_host():
    """The theme's own scripts would fetch from three hosts in some cases; here they cannot."""
    for path in built().rglob("*.js"):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        found = re.findall(r"""["'`](?:https?:)?//[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b""", text)
        assert not found, f"{path.name} names {found}; site/hooks/hosts.py cuts out what the theme brings"


def test_every_chapter_is_in_the_book_under_its_title():
    """A chapter needs no registration: its file is enough, and its first heading is its name."""
    front = (built() / "index.html").read_text(encoding="utf-8")
    chapters = [each for each in modules() if each.chapter.is_file()]
    for each in chapters:
        assert (built() / each.key / "index.html").is_file()
        assert front.count(f'href="{each.key}/"') >= 2, (
            f"{each.key} is missing in the navigation or on the map"
        )
        assert each.title in front


def test_formulas_are_mathml_and_figures_are_inline():
    """No page is left with a formula in dollars or with a drawing that cannot follow the theme."""
    everything = "".join(path.read_text(encoding="utf-8") for path in pages())
    assert "arithmatex" not in everything
    assert not re.search(r"<img[^>]+\.svg", everything)
    assert everything.count('class="figure" role="img" aria-label="') >= 3


def test_no_macro_is_left_in_a_page():
    """Lists made from the repository are in the pages, not the comments that ask for them."""
    for path in pages():
        assert not re.search(r"<!-- (common-mistakes|tasks|modules)", path.read_text(encoding="utf-8")), path


def test_sources_stay_out_of_the_site():
    """Scripts that draw, stored screens and examples are for the repository, not for readers' browsers."""
    assert not list(built().rglob("*.py"))
    assert not (built() / "examples").exists()


def test_diagrams_are_what_their_source_draws(tmp_path):
    """An SVG file edited by hand would be lost at the next drawing."""
    source = load(ROOT / "course" / "assets" / "src" / "diagrams.py")
    source.write(tmp_path)
    for path in sorted(tmp_path.glob("*.svg")):
        stored = ROOT / "course" / "assets" / path.name
        assert stored.read_text(encoding="utf-8") == path.read_text(encoding="utf-8"), (
            f"{path.name} differs from its source; draw it: python course/assets/src/diagrams.py"
        )


def test_styles_stay_small():
    """The look is one style sheet, short enough to read."""
    sheets = sorted((ROOT / "site" / "overrides").rglob("*.css"))
    assert sum(len(Path(sheet).read_text(encoding="utf-8").splitlines()) for sheet in sheets) <= 250


def test_the_theme_is_pinned_below_the_version_that_drops_plugins():
    """MkDocs 2 has no plugins: a build with it would lose the hooks without a word."""
    assert '"mkdocs>=1.6.1,<2"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_hooks_are_all_loaded():
    """A hook file that mkdocs.yml does not name does nothing."""
    named = re.findall(r"site/hooks/(\w+)\.py", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    present = [path.stem for path in (ROOT / "site" / "hooks").glob("*.py")]
    assert sorted(named) == sorted(present)
    assert all(hook(name).__doc__ for name in named)


def test_no_command_builds_strictly_and_quietly():
    """With both, MkDocs drops the warnings before it counts them: a strict build that cannot fail."""
    for path in (ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "grader" / "tests" / "site_support.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not ("--strict" in line and re.search(r"--quiet|\s-q\b", line)), (
                f"{path.name}: {line.strip()}"
            )
