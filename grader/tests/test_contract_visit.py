"""A visitor reads events as a browser would, leaves when told, and does not wait for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from grader.contract.visit import AppHangs, visit


def app_that(sends: list[bytes], *, waits: Callable[[], Any] | None = None, status: int = 200) -> Any:
    """An ASGI app that sends these pieces of a body, and notes what it was asked and that a visitor left."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        app.asked = scope["query_string"].decode()
        await receive()
        gone = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": status, "headers": [(b"x-kind", b"test")]})
        for piece in sends:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            await asyncio.sleep(0)
            app.left = gone.done() and gone.result()["type"] == "http.disconnect"
            if app.left:
                return
        if waits:
            await waits()
        await send({"type": "http.response.body", "body": b""})
        gone.cancel()

    app.left = False
    return app


async def test_a_visitor_sees_status_headers_and_events():
    """Names and data arrive in order; JSON is parsed, other text stays text."""
    app = app_that([b'event: step\r\ndata: {"n": 1}\r\n\r\n', b"data: plain\n\n"])

    seen = await visit(app, "/events", question="15% of 240?")

    assert (seen.status, seen.headers["x-kind"]) == (200, "test")
    assert seen.events == [("step", {"n": 1}), ("message", "plain")]
    assert app.asked == "question=15%25+of+240%3F"


async def test_pieces_are_no_events():
    """An event may come in several pieces, letters cut in two included; half an event at the end is none."""
    body = 'event: a\ndata: "é"\n\ndata: half'.encode()
    app = app_that([body[:17], body[17:]])

    assert (await visit(app, "/")).events == [("a", "é")]


async def test_comments_and_pings_are_no_events():
    """A line that begins with a colon keeps a connection awake and means nothing."""
    app = app_that([b": ping - now\n\n", b"event: a\ndata: 1\ndata: 2\n\n"])

    assert (await visit(app, "/")).events == [("a", "1\n2")]


async def test_a_visitor_leaves_after_as_many_events_as_told():
    """The app is told of the disconnect, and what it sends afterwards is not seen."""
    app = app_that([b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n", b"data: 4\n\n"])

    seen = await visit(app, "/", leave_after=2)

    assert seen.data == [1, 2]
    assert app.left


async def test_an_app_that_does_not_end_is_an_error():
    """A check must not wait for an app that forgot to end its answer; the words say what had come."""
    app = app_that([b"event: a\ndata: 1\n\n"], waits=asyncio.Event().wait)

    with pytest.raises(AppHangs, match=r"\['a'\]"):
        await visit(app, "/", within=0.05)


async def test_a_visitor_posts_json():
    asked = {}

    async def app(scope, receive, send):
        asked.update(method=scope["method"], headers=dict(scope["headers"]), body=(await receive())["body"])
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    seen = await visit(app, "/tickets", posting=b'{"a": 1}')

    assert (seen.status, seen.text) == (201, "{}")
    assert (asked["method"], asked["body"]) == ("POST", b'{"a": 1}')
    assert asked["headers"][b"content-type"] == b"application/json"
    assert asked["headers"][b"content-length"] == b"8"
