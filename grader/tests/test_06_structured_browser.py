"""The review page of 06_structured in a real browser, on the reference's endpoints."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from grader.course import module
from grader.letters import Attempt, Mail, note, opened
from grader.models import Usage
from grader.tests.examples_support import imported
from grader.tests.test_site_browser import ARGUMENTS, CHROMIUM, LOW_CONTRAST

playwright = pytest.importorskip("playwright.sync_api", reason="get it: pip install -e '.[dev]'")

STRUCTURED = module("06_structured")
EVIL = '<script>window.evil = true</script><img src=x onerror="window.evil = true">'
GOOD = {"order": "AB-104822", "category": "refund", "urgency": "normal", "summary": "Wants money back.",
        "wanted_by": "Friday"}  # fmt: skip
NOW = 1_800_000_000.0


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
def structured() -> Iterator[Any]:
    with imported(STRUCTURED) as modules:
        yield modules.pipeline.structured


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app on a free port, in a thread; yields its address."""
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{sock.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        sock.close()


def bury(path: str, accept: Callable[..., int], name: str, texts: list[str], age: float, **mail: str) -> None:
    """A dead letter of this age in seconds, with these attempts."""
    words = {"subject": f"About {name}", "body": "I want my money for AB-104822 by Friday.\n"} | mail
    whole = Mail(id=name, received="2026-03-02", sender=f"{name}@example.com", **words)
    accept(path, [whole])
    with opened(path) as store:
        note(
            store, name, [Attempt(text, f"{name}: wrong in {n}", Usage(1, 1)) for n, text in enumerate(texts)]
        )
        store.execute("UPDATE mail SET state = 'dead' WHERE id = ?", [name])
        store.execute("INSERT INTO dead VALUES (?, ?, ?)", [name, f"why {name}", NOW - age])


@pytest.fixture
def page(browser: Any, structured: Any, tmp_path: Path) -> Iterator[Any]:
    """The page over three dead letters, the oldest of which was put in last; `page.store` is the file."""
    path, accept = str(tmp_path / "store"), structured.accept
    bury(path, accept, "young", ["not JSON", json.dumps(GOOD | {"category": "billing", "order": "ZZ-1"})], 65)
    bury(path, accept, "silent", ["", "prose {"], 7200)
    bury(path, accept, "old", [json.dumps(GOOD | {"order": "ZZ-104822"})], 3 * 86400)
    with served(structured.create_app(path, clock=lambda: NOW)) as address:
        context = browser.new_context()
        shown = context.new_page()
        shown.store, shown.address, shown.noise = path, address, []
        shown.on("console", lambda message: shown.noise.append(message.text))
        shown.on("pageerror", lambda error: shown.noise.append(str(error)))
        shown.goto(address)
        shown.wait_for_selector("#letters button")
        yield shown
        context.close()


def letters(page: Any) -> list[str]:
    return [each.get_attribute("data-id") for each in page.query_selector_all("#letters button")]


def opened_letter(page: Any, name: str) -> None:
    page.click(f"#letters button[data-id={name}]")
    page.wait_for_function(f"document.querySelector('#from').textContent.startsWith('{name},')")


def rows(page: Any, query: str) -> list[tuple[Any, ...]]:
    with opened(page.store) as store:
        return [tuple(row) for row in store.execute(query)]


def test_the_oldest_letter_stands_first_with_why_and_age(page):
    """Who waits longest is next; the monitor says how many and how long."""
    assert letters(page) == ["old", "silent", "young"]
    texts = page.locator("#letters button").all_inner_texts()
    assert all(
        f"why {name}" in text and f"dead for {age}" in text
        for text, name, age in zip(
            texts, ("old", "silent", "young"), ("3 days", "2 hours", "1 minute"), strict=True
        )
    )
    assert page.inner_text("#monitor") == (
        "3 dead letters, 3 days the oldest, 0 waiting for the model, 0 in the outbox"
    )
    assert page.noise == []


def test_a_letter_shows_the_mail_and_every_attempt(page):
    """A person sees what came, what was tried, and what was wrong each time."""
    opened_letter(page, "young")

    assert page.inner_text("#subject") == "About young"
    assert "AB-104822 by Friday" in page.inner_text("#body")
    tried = page.locator("#attempts figure").all_inner_texts()
    assert [("not JSON" in tried[0], "wrong in 0" in tried[0]), "billing" in tried[1]] == [(True, True), True]
    assert page.get_attribute("#letters button[data-id=young]", "aria-current") == "true"
    assert page.noise == []


def test_the_form_begins_with_the_last_attempt(page):
    """What the model got right needs no typing; a word outside the set chooses nothing."""
    opened_letter(page, "young")
    assert page.input_value("#summary") == GOOD["summary"]
    assert page.input_value("#order") == "ZZ-1"
    assert page.input_value("#category") == ""

    opened_letter(page, "silent")
    assert [page.input_value(f"#{name}") for name in GOOD] == [""] * 5
    assert page.noise == []


def test_a_refused_correction_shows_its_problems_and_a_right_one_leaves(page):
    """422 comes with the words of `read` beside the form; then the ticket is posted, and a pair is kept."""
    opened_letter(page, "old")
    page.click("text=Put into the outbox")
    page.wait_for_selector("#refused:not([hidden])")
    assert "order" in page.inner_text("#refused")
    assert "ZZ-104822" in page.inner_text("#refused")
    assert letters(page) == ["old", "silent", "young"]

    page.fill("#order", " AB-104822 ")
    page.click("text=Put into the outbox")
    page.wait_for_function("document.querySelectorAll('#letters button').length === 2")
    [(mail_id, ticket, due)] = rows(page, "SELECT mail_id, ticket, due FROM tickets")
    assert (mail_id, json.loads(ticket), due) == ("old", GOOD, "2026-03-06")
    assert [mail for (mail,) in rows(page, "SELECT mail_id FROM pairs")] == ["old"]
    page.wait_for_function("document.querySelector('#said').textContent")
    assert "outbox" in page.inner_text("#said")
    assert "1 in the outbox" in page.inner_text("#monitor")
    assert page.is_hidden("#letter")
    assert [text for text in page.noise if "422" not in text] == []  # Chromium reports the status itself


def test_empty_fields_are_none(page):
    """A mail may name no order and no day: an empty field is null, not an empty text."""
    opened_letter(page, "silent")
    page.select_option("#category", "other")
    page.select_option("#urgency", "low")
    page.fill("#summary", "Says nothing.")
    page.click("text=Put into the outbox")
    page.wait_for_function("document.querySelectorAll('#letters button').length === 2")

    ticket = json.loads(rows(page, "SELECT ticket FROM tickets")[0][0])
    assert (ticket["order"], ticket["wanted_by"]) == (None, None)


def test_a_letter_can_be_driven_again(page):
    """The mail waits for the model again, and the list goes on with the next letter."""
    opened_letter(page, "young")
    page.click("#redrive")
    page.wait_for_function("document.querySelectorAll('#letters button').length === 2")

    assert rows(page, "SELECT state FROM mail WHERE id = 'young'") == [("waiting",)]
    assert "1 waiting" in page.inner_text("#monitor")
    assert page.noise == []


def test_who_comes_second_is_told(page):
    """Two people open the same letter: the second one hears that it is gone, and loses nothing else."""
    opened_letter(page, "old")
    page.evaluate("fetch('/dead/old/redrive', {method: 'POST'})")
    page.wait_for_timeout(200)
    page.click("#redrive")
    page.wait_for_function("document.querySelector('#said').textContent")

    assert "not any more" in page.inner_text("#said")
    assert letters(page) == ["silent", "young"]


def test_a_mail_is_text_and_not_markup(page, structured):
    """Mails, replies and problems are strangers' words: a <script> is shown as it stands."""
    ticket = json.dumps(GOOD | {"summary": EVIL})
    bury(page.store, structured.accept, "evil", [EVIL, ticket], 10**7, subject=EVIL, body=EVIL)
    with opened(page.store) as store:
        store.execute("UPDATE dead SET why = ? WHERE mail_id = 'evil'", [EVIL])
        store.execute("UPDATE attempts SET problem = ? WHERE mail_id = 'evil'", [EVIL])
    page.click("#refresh")
    page.wait_for_selector("#letters button[data-id=evil]")
    opened_letter(page, "evil")
    page.click("text=Put into the outbox")
    page.wait_for_selector("#refused:not([hidden])")

    assert page.inner_text("#subject") == EVIL
    assert page.inner_text("#body") == EVIL
    assert page.input_value("#summary") == EVIL
    assert page.locator("main img, main script").count() == 0
    assert page.evaluate("window.evil") is None


def test_the_page_works_without_a_mouse(page):
    """Tab to a letter, Enter opens it; after a decision the next letter has the focus."""
    page.focus("#letters button[data-id=old]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#letter:not([hidden])")
    assert page.evaluate("document.activeElement.id") == "subject"
    page.focus("#redrive")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelectorAll('#letters button').length === 2")
    page.wait_for_function("document.activeElement.dataset.id === 'silent'")


def test_every_field_has_a_name_and_no_other_host_is_asked(page):
    """Labels belong to their fields, and the page is self-contained."""
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    page.wait_for_selector("#letters button")
    opened_letter(page, "old")

    assert (
        page.evaluate("[...document.forms[0].elements].filter((e) => e.name && !e.labels.length).length") == 0
    )
    assert asked
    assert all(url.startswith((page.address, "data:")) for url in asked)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_readable_in_both_themes_and_on_a_phone(page, scheme, width):
    """Contrast as WCAG AA asks for it, and nothing is wider than the screen."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    opened_letter(page, "old")
    page.click("text=Put into the outbox")
    page.wait_for_selector("#refused:not([hidden])")

    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
