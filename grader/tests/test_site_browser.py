"""Every page in a real browser: silent, self-contained, readable in both themes, usable without a mouse."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from grader.tests.site_support import built, pages, served

pytest.importorskip("material", reason="the site's packages are missing; get them: pip install -e '.[site]'")
playwright = pytest.importorskip("playwright.sync_api", reason="get it: pip install -e '.[dev]'")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Text whose contrast with what is behind it is below WCAG's AA, as [text, ratio]; colours are in rgb() here.
LOW_CONTRAST = """() => {
  const parse = (css) => (css.match(/[\\d.]+/g) || []).map(Number);
  const mix = (a, b, part) => a * part + b * (1 - part);
  const over = (top, below) => [0, 1, 2].map((i) => mix(top[i], below[i], top[3] ?? 1));
  const behind = (node) => {
    const own = parse(getComputedStyle(node).backgroundColor);
    if ((own[3] ?? 1) === 1) return own;
    return over(own, node.parentElement ? behind(node.parentElement) : [255, 255, 255]);
  };
  const light = (rgb) => rgb.slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const words = walker.currentNode.data.trim();
    if (!words || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (node.closest("svg") || !node.getClientRects().length || node.matches("script, style")) continue;
    const style = getComputedStyle(node);
    const ground = behind(node);
    const [a, b] = [light(over(parse(style.color), ground)), light(ground)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const wanted = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if (ratio < wanted) low.push([words.slice(0, 40), ratio.toFixed(2)]);
  }
  return low;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; without one the tests skip, and in CI they fail."""
    if CHROMIUM is None:
        reason = "no Chromium on this machine; get it: apt-get install chromium"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with served() as address:
        yield address


@pytest.fixture
def visit(browser, site):
    """Open pages of the site; afterwards no request may have left this machine and no error been logged."""
    contexts, noise = [], []

    def open_page(path: str = "", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda sent: None if own(sent.url, site) else noise.append(sent.url))
        page.on(
            "console", lambda said: noise.append(said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.goto(f"{site}/{path}", wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not noise


def own(url: str, site: str) -> bool:
    return url.startswith((f"{site}/", "data:", "blob:"))


def addresses() -> list[str]:
    """The pages of the site as a reader types them, without the one for what does not exist."""
    found = (path.relative_to(built()) for path in pages() if path.name != "404.html")
    return [path.as_posix().removesuffix("index.html") for path in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_silent_and_readable(visit, scheme):
    """No request leaves the machine, the console is empty, and all text stands out from its background."""
    page = visit(color_scheme=scheme)
    for address in addresses():
        page.goto(f"{origin(page)}/{address}", wait_until="networkidle")

        assert (
            page.evaluate("document.body.dataset.mdColorScheme")
            == {"light": "default", "dark": "slate"}[scheme]
        )
        assert page.evaluate(LOW_CONTRAST) == [], address


def test_no_page_scrolls_sideways_on_a_phone(visit):
    """What is too wide scrolls in its own box."""
    page = visit(viewport={"width": 360, "height": 740})
    for address in addresses():
        page.goto(f"{origin(page)}/{address}", wait_until="networkidle")

        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_theme_can_be_chosen_and_figures_follow_it(visit):
    """The toggle goes from the system's theme to light to dark, and drawings take the page's ink."""
    page = visit("how_it_works/", color_scheme="light")
    ink = "getComputedStyle(document.querySelector('svg.figure text')).fill"
    before = page.evaluate(ink)
    for name in ("Switch to the light theme", "Switch to the dark theme"):
        page.locator(f"label[title='{name}']").click()

    assert page.evaluate("document.body.dataset.mdColorScheme") == "slate"
    assert page.evaluate(ink) != before


def test_a_click_in_the_navigation_keeps_the_page_alive(visit):
    """Instant navigation changes the article without loading the page again."""
    page = visit()
    page.evaluate("window.stillHere = true")
    page.locator(".md-nav--primary a[href*='glossary']").first.click()
    page.wait_for_url("**/glossary/")
    page.locator("h1", has_text="Glossary").wait_for()

    assert page.evaluate("window.stillHere === true")


def test_search_finds_a_word_of_the_course(visit):
    """The index is a file of the site, and the search works without any other."""
    page = visit()
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").press_sequentially("cassette")
    page.locator(".md-search-result__item").first.wait_for()


def test_keyboard_reaches_the_text_and_shows_where_it_is(visit):
    """The first stop is the link past the navigation, and every stop has a visible outline."""
    page = visit("how_it_works/")
    page.keyboard.press("Tab")
    assert "md-skip" in page.evaluate("document.activeElement.className")
    for _ in range(6):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")


def test_nothing_moves_for_those_who_asked_for_less_motion(visit):
    """The setting of the system switches transitions off."""
    page = visit(reduced_motion="reduce")
    moves = "(e) => parseFloat(getComputedStyle(e).transitionDuration) > 0"
    assert page.evaluate(f"[...document.querySelectorAll('*')].filter({moves}).length") == 0


def origin(page: Any) -> str:
    return "/".join(page.url.split("/")[:3])
