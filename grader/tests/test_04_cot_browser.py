"""The page of 04_cot in a real browser: steps come one by one, the end is the end, an error is shown."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from grader.course import module
from grader.tests.examples_support import imported

playwright = pytest.importorskip("playwright.sync_api", reason="get it: pip install -e '.[dev]'")

COT = module("04_cot")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RECONNECTS_AFTER = 3.0  # seconds until Chromium's EventSource connects again by itself
ARRIVALS = """
window.arrivals = [];
new MutationObserver(() => arrivals.push([performance.now(), document.querySelectorAll("#steps li").length]))
  .observe(document, { childList: true, subtree: true });
"""


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
def examples() -> Iterator[Any]:
    with imported(COT) as modules:
        yield modules


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app on a free port, in a thread; yields its address."""
    sock = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    )
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


@contextmanager
def opened(browser: Any, address: str) -> Iterator[Any]:
    """The page in a fresh tab; `noise` is what it wrote to the console, and its errors."""
    context = browser.new_context()
    page = context.new_page()
    page.noise = []
    page.on("console", lambda message: page.noise.append(message.text))
    page.on("pageerror", lambda error: page.noise.append(str(error)))
    page.add_init_script(ARRIVALS)
    try:
        page.goto(address)
        yield page
    finally:
        context.close()


@pytest.fixture
def recorded(browser: Any, examples: Any) -> Callable[..., Any]:
    """Open the page on a recording: `with recorded("streamed", scale=0.5) as (page, tape)`."""

    @contextmanager
    def open_(name: str, *, patience: float = 10.0, **options: Any) -> Iterator[tuple[Any, Any]]:
        serve = examples.serve
        with examples.recorded.playing(name, repeats="any", **options) as tape:
            app = serve.with_page(
                serve.load(COT.reference).create_app(patience), examples.direct.TRAIN, serve.NOTE
            )
            with served(app) as address, opened(browser, address) as page:
                yield page, tape

    return open_


def scripted(events: list[tuple[str, Any]]) -> Any:
    """An app that sends these events to whoever asks, and notes in `asked` how often."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        app.asked.append(scope["query_string"])
        await receive()
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for name, data in events:
            body = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})

    app.asked = []  # the questions, as they come in
    return app


def test_steps_appear_one_after_another(recorded):
    """Each step is on the page before the next one has been thought, and the answer comes last."""
    with recorded("streamed", scale=0.5) as (page, tape):
        page.click("button")
        page.wait_for_function("document.querySelector('#answer').textContent")
        steps = [json.loads(line) for line in tape.steps[0].reply.text.splitlines() if line]
        shown = page.locator("#steps li").all_inner_texts()
        arrivals = dict(reversed([(count, at) for at, count in page.evaluate("arrivals") if count]))

        assert [step["thought"] in text for step, text in zip(steps, shown, strict=True)] == [True] * len(
            steps
        )
        assert page.inner_text("#answer") == steps[-1]["result"]
        assert sorted(arrivals) == list(range(1, len(steps) + 1))
        # At half the recorded pace the last step is about 0.8 s behind the first one.
        assert arrivals[len(steps)] - arrivals[1] > 300
        assert page.noise == []


def test_complete_closes_the_connection(recorded):
    """After `complete` the page does not connect again: a second call would ask, and cost, again."""
    with recorded("streamed") as (page, tape):
        page.click("button")
        page.wait_for_function("document.querySelector('#answer').textContent")
        page.wait_for_timeout(1000 * (RECONNECTS_AFTER + 1))

        assert page.evaluate("source.readyState") == 2
        assert len(tape.calls) == 1
        assert page.noise == []


def test_a_page_that_stays_open_would_ask_again(browser, examples):
    """The trap itself: without `complete` and `close()` Chromium connects again by itself."""
    text = examples.serve.PAGE.read_text(encoding="utf-8").replace(" source.close();", "")
    app = scripted([("complete", {"answer": "36"})])
    with served(examples.serve.with_page(app)) as address, opened(browser, address) as page:
        page.route(address, lambda route: route.fulfill(body=text, content_type="text/html"))
        page.reload()
        page.evaluate("ask('why?')")
        page.wait_for_timeout(1000 * (RECONNECTS_AFTER + 2))

        assert len(app.asked) > 1


def test_a_broken_stream_is_shown_and_the_steps_stay(recorded):
    """An `error` event is told in words, below what had been thought until then."""
    with recorded("stream_broken") as (page, tape):
        page.click("button")
        page.wait_for_selector("#error:not([hidden])")
        page.wait_for_timeout(1000 * (RECONNECTS_AFTER + 1))

        assert "broke" in page.inner_text("#error")
        finished = [line for line in tape.steps[0].reply.text.split("\n")[:-1] if line]
        assert page.locator("#steps li").count() == len(finished)
        assert page.inner_text("#answer") == ""
        assert len(tape.calls) == 1
        assert page.noise == []


def test_a_refusal_is_shown_although_its_status_is_hidden(recorded):
    """EventSource does not tell a 504 from a lost connection: the page says that no answer came."""
    with recorded("stream_silent", patience=0.1) as (page, _):
        page.click("button")
        page.wait_for_selector("#error:not([hidden])")

        assert "No answer" in page.inner_text("#error")
        assert page.evaluate("source.readyState") == 2
        assert [text for text in page.noise if "504" not in text] == []  # Chromium reports the status itself


def test_leaving_the_page_closes_the_call(recorded):
    """Who closes the tab stops the model: the call behind the page is cancelled."""
    with recorded("streamed", scale=1.0) as (page, tape):
        page.click("button")
        page.wait_for_selector("#steps li")
        page.goto("about:blank")
        deadline = time.monotonic() + 3
        while not tape.calls[0].cancelled and time.monotonic() < deadline:
            page.wait_for_timeout(50)

        assert tape.calls[0].cancelled


def test_a_models_words_are_text_and_not_markup(browser, examples):
    """A step that holds markup is shown as it stands: what a model says may be a stranger's text."""
    evil = '<img src=x onerror="window.evil = true"><script>window.evil = true</script>'
    step = {"step_type": "verify", "thought": evil, "action": evil, "result": evil, "next_step_needed": True}
    events = [("thinking", step), ("complete", {"answer": evil})]
    with served(examples.serve.with_page(scripted(events))) as address, opened(browser, address) as page:
        page.fill("input", "why?")
        page.click("button")
        page.wait_for_function("document.querySelector('#answer').textContent")

        assert page.inner_text("#answer") == evil
        assert page.locator("#steps img, #answer img").count() == 0
        assert page.evaluate("window.evil") is None
        assert page.noise == []


def test_the_recorded_page_has_one_question_and_says_so(recorded, examples):
    """A recording answers one question, and must not look like a model that answers any."""
    with recorded("streamed") as (page, _):
        assert page.input_value("input") == examples.direct.TRAIN
        assert page.get_attribute("input", "readonly") is not None
        assert "recording" in page.inner_text("#note")
