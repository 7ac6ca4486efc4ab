"""Grades 08_dag: send less, send the same beginning, send it at once, and measure."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from itertools import chain, repeat
from math import comb
from pathlib import Path
from random import Random
from statistics import median

import httpx2
import pytest
from dag import (
    baseline,
    bench,
    compact,
    dag,
    estimate,
    factors,
    interval,
    parse_parts,
    plan,
    request,
    summarize,
    usage_row,
)

from grader.graph import (
    FIELDS,
    HANDBOOK,
    HEADER,
    LIMIT,
    MISSING,
    BadParts,
    BadPayload,
    WrongFile,
    blank,
    line,
    rows_of,
    shown,
    tokens,
)
from grader.models import Usage, capabilities, cost, model

# The first call imports an SDK and the graph, and on a busy machine that alone can take many seconds.
pytestmark = pytest.mark.limit(40)

TASK = {"id": "P07", "question": "What does a cached prefix cost a chat service, and what does it save?"}
FACTS = [
    (
        "h1",
        "Memory of a kept prefix",
        "A prefix of 4,000 tokens takes <b>1.3 GB</b> in 16 bits &mdash; measured.",
    ),
    ("h2", "Latency with a hit", "<p>The first token came after 95 ms instead of 410 ms, at the median.</p>"),
    (
        "h3",
        "What vendors ask",
        "Writing costs 1.25, reading 0.1 of the list price; reads &lt; 5 minutes apart.",
    ),
    ("h4", "Eight bits for keys", "Half of the memory, and no loss that we could&nbsp;measure."),
]
COUNTS = ("InputTokens", "OutputTokens", "CachedTokens", "CacheCreationTokens", "TotalTokens", "NumLLMCalls")


def result(name, title, snippet, rank, **more):
    """One result of the search tool, as bloated as they come."""
    rng = Random(name)
    rubbish = {"session": f"{rng.getrandbits(128):032x}", "edge": "eu-west-3", "variant": "treatment_b"}
    document = {"id": name, "title": title, "date": "2026-05-02", "snippet": snippet, "lang": "en"}
    found = {"rank": rank, "url": f"https://example.org/{name}?view=full", "document": document,
             "scores": {"bm25": rng.random(), "cosine": rng.random()}, "tracking": rubbish,
             "thumbnail": "data:image/png;base64," + "iVBORw0KGgo" * 12}  # fmt: skip
    return {**found, **more}


def payload(results=None):
    """What the search tool returns: an envelope around the results, which are not in order of rank."""
    if results is None:
        ranked = [result(*fact, rank) for rank, fact in enumerate(FACTS, 1)]
        results = [ranked[2], ranked[0], ranked[3], ranked[1]]
    return json.dumps({"status": "ok", "took_ms": 48, "quota": {"left": 911}, "results": results})


def ids(found):
    return [hit["id"] for hit in found["hits"]]


def searching(text=None):
    """A search tool, and the list of what it was asked."""
    asked = []

    async def search(question):
        asked.append(question)
        return payload() if text is None else text

    return search, asked


def ticking(first, then):
    """A clock that says `then` from its second reading on."""
    ticks = chain([first], repeat(then))
    return lambda: next(ticks)


def slow():
    """A search that takes two seconds on the clock that comes with it."""
    now = [10.0]

    async def search(question):
        now[0] += 2
        return payload()

    return search, lambda: now[0]


def prefix(call):
    """Everything that a call puts before its turns, as JSON: system, marker, model, limit, cache key."""
    body = dict(call.body)
    turns = body.pop("messages")
    system = [turn for turn in turns if turn["role"] in ("system", "developer")]
    return json.dumps([turns[: len(system)], body], sort_keys=False)


def turns_of(call):
    """The texts of user and assistant."""
    return [turn["content"] for turn in call.messages if turn["role"] != "system"]


def system_of(call):
    return "\n".join(turn["content"] for turn in call.messages if turn["role"] == "system")


def markers(value):
    """How often a body says `cache_control`."""
    return json.dumps(value).count('"cache_control"')


def texts(step):
    return (step.reply.text or "").strip() if step.reply else ""


def listed(text):
    """The three parts that a text is, or None."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return [part.strip() for part in found] if isinstance(found, list) and len(found) == 3 else None


def parts_of(tape):
    """The parts of the recorded split that passes."""
    return next(parts for parts in map(listed, map(texts, tape.steps)) if parts)


def workers(tape):
    """The live calls that got one part each, by the number of the part."""
    parts = parts_of(tape)
    asked = [
        (call, [at for at, part in enumerate(parts, 1) if part in turns_of(call)[-1]]) for call in tape.calls
    ]
    return {found[0]: call for call, found in asked if len(found) == 1}


def placed(text, pieces):
    """The pieces in the order in which the text has them, each as often as it stands there."""
    found = {(at.start(), piece) for piece in pieces for at in re.finditer(re.escape(piece), text)}
    return [piece for _, piece in sorted(found)]


def partings(tape):
    """Where the beginning of a call is no longer that of the first: by number of the call, the text there."""
    first, found = prefix(tape.calls[0]), {}
    for call in tape.calls[1:]:
        own = prefix(call)
        if own != first:
            same = (at for at in range(len(own)) if own[: at + 1] != first[: at + 1])
            found[call.number] = own[next(same, 0) :][:60]
    return found


def used(tape):
    """The counts of a row, from the replies that were recorded for the live calls."""
    total = sum((call.reply.usage for call in tape.calls if call.reply), Usage())
    return {
        "InputTokens": total.input_tokens, "OutputTokens": total.output_tokens,
        "CachedTokens": total.cached_tokens, "CacheCreationTokens": total.cache_write_tokens,
        "TotalTokens": total.total_tokens, "NumLLMCalls": len(tape.calls),
    }  # fmt: skip


def counts(row):
    return {name: row[name] for name in COUNTS}


# Task 1: filter the payload


@pytest.mark.task(1)
def test_a_hit_is_what_a_worker_needs():
    """Id, title, URL, date and snippet, as text without tags and entities; all else is gone."""
    [hit, *_] = compact(payload())["hits"]

    assert hit == {
        "id": "h1", "title": "Memory of a kept prefix", "url": "https://example.org/h1?view=full",
        "date": "2026-05-02", "snippet": "A prefix of 4,000 tokens takes 1.3 GB in 16 bits — measured.",
    }  # fmt: skip
    snippets = [hit["snippet"] for hit in compact(payload())["hits"]]
    assert snippets[2].endswith("reads < 5 minutes apart.")
    assert snippets[3] == "Half of the memory, and no loss that we could measure."
    tagged = result("t", "Use <i>tags</i>", "Write &lt;i&gt;, and <i\nclass='x'>never</i> &amp;lt;.", 1)
    [hit] = compact(payload([tagged]))["hits"]
    assert (hit["title"], hit["snippet"]) == ("Use tags", "Write <i>, and never &lt;.")


@pytest.mark.task(1)
def test_hits_come_by_rank():
    """The order of the list means nothing: the rank does."""
    assert ids(compact(payload())) == ["h1", "h2", "h3", "h4"]
    many = [result(f"n{rank}", "T", "S", rank) for rank in (10, 9, 2, 11, 1)]
    assert ids(compact(payload(many))) == ["n1", "n2", "n9", "n10", "n11"]


@pytest.mark.task(1)
def test_a_page_comes_once():
    """Of two results with the same URL the better rank stays; what follows a # is no other page."""
    page = "https://example.org/page?n=1"
    found = [
        result("late", "Again", "S", 3, url=page), result("first", "The page", "S", 1, url=page + "#top"),
        result("second", "The page", "S", 2, url=page + "#end"),
        result("other", "The page", "S", 4, url="https://example.org/page?n=2"),
    ]  # fmt: skip

    kept = compact(payload(found))["hits"]
    assert [(hit["id"], hit["url"]) for hit in kept] == [("first", page + "#top"), ("other", found[3]["url"])]


@pytest.mark.task(1)
@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_the_limit_cuts_between_hits(room):
    """As many whole hits as fit: one token less, and the last of them is gone."""
    hits = compact(payload())["hits"]
    limit = tokens(shown(hits[:room]))

    assert compact(payload(), limit)["hits"] == hits[:room]
    assert compact(payload(), limit - 1)["hits"] == hits[: max(0, room - 1)]


@pytest.mark.task(1)
def test_the_first_hit_that_does_not_fit_is_the_last():
    """A short hit does not overtake a long one: what is missing is missing at the end."""
    found = [result("a", "T", "S", 1), result("b", "T", "long " * 300, 2), result("c", "T", "S", 3)]

    assert ids(compact(payload(found), 200)) == ["a"]
    assert ids(compact(payload(found), 2000)) == ["a", "b", "c"]


@pytest.mark.task(1)
def test_what_cannot_be_cited_is_left_out():
    """A result that is no object, or without id or URL, is skipped; other gaps are empty text."""
    bare = {"rank": 4, "url": "https://example.org/bare", "document": {"id": "bare", "title": None}}
    found = [
        "a string", None, result("", "T", "S", 1), result("nowhere", "T", "S", 2, url=None),
        result("lost", "T", "S", 3, document=None), result("", "T", "S", 0, url=bare["url"]), bare,
        {"rank": 5, "document": {"id": "placeless"}}, {"rank": 6, "url": "https://example.org/6"}, ["a list"],
        {"rank": 7, "url": "https://example.org/7", "document": {"title": "T", "snippet": "S"}},
    ]  # fmt: skip

    hits = compact(payload(found))["hits"]
    assert hits == [{"id": "bare", "title": "", "url": bare["url"], "date": "", "snippet": ""}]


@pytest.mark.task(1)
@pytest.mark.parametrize("limit", [0, 60, 1000])
def test_what_was_saved_is_counted_with_one_counter(limit):
    """Tokens of the payload less tokens of the hits as they are shown."""
    found = compact(payload(), limit)

    assert found["saved"] == tokens(payload()) - tokens(shown(found["hits"]))


@pytest.mark.task(1)
def test_a_broken_payload_is_refused():
    """What is no JSON object with a list of results raises BadPayload: nothing found is another thing."""
    for text in (
        "", "<html>502 Bad Gateway</html>", '{"results": [', "[]", "null", '"results"', '{"hits": []}',
        '{"results": null}', '{"results": {"rank": 1}}', '{"results": "none"}', "3",
    ):  # fmt: skip
        with pytest.raises(BadPayload):
            compact(text)

    assert compact('{"results": []}')["hits"] == []


# Task 2: build requests that a cache can read


LONG = "The desk has rules, and they are long. " * 60
PROVIDERS = ["openai", "anthropic"]


@pytest.mark.task(2)
def test_anthropic_gets_blocks_and_one_marker():
    """Each shared text is a block of `system`; the last of them alone is marked, and nothing else is."""
    body = request("anthropic", "fast", [LONG, "Rules.", "Hits."], ["Why?"])

    assert [(block["type"], block["text"]) for block in body["system"]] == [
        ("text", LONG), ("text", "Rules."), ("text", "Hits."),
    ]  # fmt: skip
    assert body["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert markers(body) == 1
    assert body["messages"] == [{"role": "user", "content": "Why?"}]


@pytest.mark.task(2)
def test_openai_gets_the_order_and_a_key():
    """No marker exists: one system message with the shared texts comes first, then the turns; and a key."""
    body = request("openai", "fast", [LONG, "Hits."], ["Why?"])

    assert body["messages"] == [
        {"role": "system", "content": f"{LONG}\n\nHits."}, {"role": "user", "content": "Why?"},
    ]  # fmt: skip
    assert markers(body) == 0
    assert 0 < len(body["prompt_cache_key"]) <= 64


@pytest.mark.task(2)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_only_the_turns_differ(provider):
    """Two requests with the same shared texts are equal up to their turns: no time, no number."""
    one, two, three = (
        request(provider, "fast", [LONG, "Hits."], [turn]) for turn in ("Why?", "How?", "Why?")
    )

    assert json.dumps(one) == json.dumps(three)
    assert json.dumps(one).replace("Why?", "How?") == json.dumps(two)


@pytest.mark.task(2)
def test_the_key_is_that_of_the_shared_texts():
    """Requests that share a beginning have one key, so that they meet the same cache; others have another."""
    keys = [
        request("openai", tier, shared, turns)["prompt_cache_key"]
        for tier in ("fast", "smart")
        for shared, turns in (([LONG], ["Why?"]), ([LONG], ["How?"]), ([LONG, "Hits."], ["Why?"]))
    ]
    others = [[LONG, "Hints"], [LONG[::-1], "Hits."], ["Hits."], [LONG.upper(), "Hits."], [LONG, "Hats."]]
    keys += [request("openai", "fast", shared, ["Why?"])["prompt_cache_key"] for shared in others]

    assert keys[0] == keys[1] != keys[2]
    assert keys[3] == keys[4] != keys[5]
    assert len({keys[0], keys[2], *keys[6:]}) == 2 + len(others)


@pytest.mark.task(2)
def test_below_the_minimum_nothing_is_marked():
    """A marker on a short prefix does nothing, silently: the minimum is in tokens as the provider counts."""
    least = capabilities(model("fast", "anthropic")).cache_minimum
    words = next(n for n in range(1, 2 * least) if tokens("word " * n, "anthropic") >= least)

    for shared, marked in (
        (["word " * words], 1), (["word " * (words - 1)], 0), (["word " * (words // 2 + 3)] * 2, 1),
        (["word " * (words // 2 - 3)] * 2, 0), (["Hits.", "word " * (words + 9)], 1),
    ):  # fmt: skip
        assert markers(request("anthropic", "fast", shared, ["Why? " * 700])) == marked


@pytest.mark.task(2)
def test_an_unknown_minimum_is_marked():
    """Where the vendor states no minimum, try: a marker on a short prefix costs nothing."""
    for tier in ("balanced", "smart"):
        assert markers(request("anthropic", tier, ["Rules."], ["Why?"])) == 1


@pytest.mark.task(2)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_shared_text_there_is_no_system(provider):
    """Nothing shared: no system prompt, no marker, no key."""
    body = request(provider, "fast", [], ["Why?"])

    assert [turn["role"] for turn in body["messages"]] == ["user"]
    assert not {"system", "prompt_cache_key"} & set(body)
    assert markers(body) == 0


@pytest.mark.task(2)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_answer_is_limited(provider):
    """Each vendor has its own word for the limit of the answer; the tier decides about the model."""
    for tier in ("fast", "balanced", "smart"):
        body = request(provider, tier, [LONG], ["Why?"])
        limits = {name: body[name] for name in ("max_tokens", "max_completion_tokens") if name in body}

        assert limits == {"max_tokens" if provider == "anthropic" else "max_completion_tokens": LIMIT}
        assert body["model"] == model(tier, provider)


@pytest.mark.task(2)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_turns_alternate(provider):
    """User, assistant, user: a correction stands in the conversation, after what it corrects."""
    turns = ["Split.", "Two parts.", "Three, please."]
    said = [turn for turn in request(provider, "fast", [LONG], turns)["messages"] if turn["role"] != "system"]

    roles = ("user", "assistant", "user")
    assert said == [{"role": role, "content": turn} for role, turn in zip(roles, turns, strict=True)]


# Task 3: count inclusively


def post(body):
    """One request without any SDK; the body of the reply."""
    openai = "max_completion_tokens" in body
    url = "https://api.openai.com/v1/chat/completions" if openai else "https://api.anthropic.com/v1/messages"
    headers = {"authorization": "Bearer none", "anthropic-version": "2026-10-21"}
    return httpx2.post(url, headers=headers, json=body, timeout=30).json()


def cold_and_warm(provider):
    """Three calls with one beginning, all at once, and a fourth after them: the bodies of the replies."""
    rules = {"type": "text", "text": HANDBOOK, "cache_control": {"type": "ephemeral"}}
    asked = []
    for at in range(1, 5):
        turn = {"role": "user", "content": f"Question {at}: what does a cached prefix save?"}
        if provider == "anthropic":
            asked.append({"system": [rules], "messages": [turn], "max_tokens": 200})
        else:
            messages = [{"role": "system", "content": HANDBOOK}, turn]
            asked.append({"messages": messages, "max_completion_tokens": 200})
    asked = [{"model": model("fast", provider), **body} for body in asked]
    with ThreadPoolExecutor(3) as pool:
        return [*pool.map(post, asked[:3]), post(asked[3])]


@pytest.mark.task(3)
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=pytest.mark.cassette("usage_openai")),
        pytest.param("anthropic", marks=pytest.mark.cassette("usage_anthropic")),
    ],
)
def test_a_run_is_the_sum_of_its_calls(tape, provider):
    """All calls count, and not the last of them: everything sent, made, read from the cache and written."""
    assert usage_row(cold_and_warm(provider)) == used(tape)


@pytest.mark.task(3)
def test_a_detail_that_is_missing_is_zero():
    """Details may be missing or null, whole or one by one."""
    openai = {"prompt_tokens": 90, "completion_tokens": 5}
    anthropic = {"input_tokens": 90, "output_tokens": 5}
    null = {"cached_tokens": None, "cache_write_tokens": None}
    for used_by in (
        openai, {**openai, "prompt_tokens_details": None}, {**openai, "prompt_tokens_details": {}},
        {**openai, "prompt_tokens_details": null}, anthropic,
        {**anthropic, "cache_read_input_tokens": None, "cache_creation_input_tokens": None},
    ):  # fmt: skip
        assert usage_row([{"usage": used_by}]) == dict(zip(COUNTS, (90, 5, 0, 0, 95, 1), strict=True))


@pytest.mark.task(3)
def test_reads_and_writes_are_told_apart():
    """Each vendor has its own names: Anthropic's stand beside the input, OpenAI's are inside of it."""
    anthropic = {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 700}
    anthropic["cache_creation_input_tokens"] = 300
    openai = {"prompt_tokens": 1010, "completion_tokens": 5}
    openai["prompt_tokens_details"] = {"cached_tokens": 700, "cache_write_tokens": 300}

    for used_by in (anthropic, openai):
        assert usage_row([{"usage": used_by}]) == dict(zip(COUNTS, (1010, 5, 700, 300, 1015, 1), strict=True))


@pytest.mark.task(3)
def test_a_call_without_a_reply_is_a_call():
    """It was made, and its tokens are not known; no calls are no tokens."""
    body = {"usage": {"input_tokens": 90, "output_tokens": 5}}

    assert usage_row([None, body, None]) == dict(zip(COUNTS, (90, 5, 0, 0, 95, 3), strict=True))
    assert usage_row([]) == dict.fromkeys(COUNTS, 0)


# Task 4: the baseline


BOTH = [
    pytest.param("openai", marks=pytest.mark.cassette("serial_openai")),
    pytest.param("anthropic", marks=pytest.mark.cassette("serial_anthropic")),
]


@pytest.mark.task(4, needs=[2, 3])
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=pytest.mark.cassette("serial_openai"), id="openai"),
        pytest.param("anthropic", marks=pytest.mark.cassette("serial_anthropic"), id="anthropic"),
    ],
)
async def test_the_baseline_calls_one_after_the_other(tape, provider):
    """Three calls, each of which sees the question and every answer before it."""
    search, asked = searching()
    await baseline(TASK, provider, "fast", search)

    assert (len(tape.calls), tape.peak, asked) == (3, 1, [TASK["question"]])
    answers = [call.reply.text.strip() for call in tape.calls]
    for at, call in enumerate(tape.calls):
        assert TASK["question"] in call.text
        assert [answer in call.text for answer in answers] == [before < at for before in range(3)]


@pytest.mark.task(4, needs=[2, 3])
@pytest.mark.parametrize("provider", BOTH)
async def test_the_baseline_sends_everything_raw(tape, provider):
    """The rules and the whole payload, unfiltered, in one turn of the user: no system prompt, no marker."""
    await baseline(TASK, provider, "fast", searching()[0])

    for call in tape.calls:
        assert HANDBOOK.strip() in call.text
        assert payload() in call.text
        assert [turn["role"] for turn in call.messages] == ["user"]
        assert markers(call.body) == 0
        assert call.tier == "fast"


@pytest.mark.task(4, needs=[2, 3])
@pytest.mark.parametrize("provider", BOTH)
async def test_the_row_of_the_baseline(tape, provider):
    """Who, what, how long by the clock that was passed in, and the tokens of all three calls."""
    run = await baseline(TASK, provider, "fast", *slow())

    expected = blank(provider, model("fast", provider), "P07", "baseline")
    assert run["row"] == {**expected, **used(tape), "LatencySeconds": 2.0}
    assert run["report"] == tape.steps[-1].reply.text.strip()


@pytest.mark.task(4, needs=[2, 3])
@pytest.mark.parametrize(
    ("provider", "calls"),
    [
        pytest.param("openai", 2, marks=pytest.mark.cassette("serial_limited"), id="limited"),
        pytest.param("anthropic", 2, marks=pytest.mark.cassette("serial_refused"), id="refused"),
        pytest.param("openai", 3, marks=pytest.mark.cassette("serial_lost"), id="lost"),
    ],
)
async def test_the_baseline_stops_at_an_error(tape, provider, calls):
    """A call that fails or is refused ends the run: no report, an Error, and what was paid so far."""
    run = await baseline(TASK, provider, "fast", searching()[0], ticking(10.0, 12.5))

    assert run["report"] is None
    assert run["row"]["Error"]
    assert len(tape.calls) == calls
    assert counts(run["row"]) == used(tape)
    assert (run["row"]["LatencySeconds"], run["row"]["TaskID"]) == (2.5, "P07")


@pytest.mark.task(4, needs=[2, 3])
@pytest.mark.cassette("serial_openai")
async def test_the_baseline_runs_on_the_tier_it_was_given(tape):
    """Every call goes to that tier's model, and the row names it."""
    run = await baseline(TASK, "openai", "balanced", searching()[0])

    assert [call.tier for call in tape.calls] == ["balanced"] * 3
    assert run["row"]["Model"] == model("balanced")


# Task 5: the DAG


@pytest.mark.task(5, needs=[1, 2, 3])
def test_three_parts_are_parts():
    """A JSON array of three different strings, stripped."""
    assert parse_parts('["One?", " Two? ", "Three?\\n"]') == ["One?", "Two?", "Three?"]
    assert parse_parts(' \n["a",\n"b",\n"c"] ') == ["a", "b", "c"]


NO_PARTS = {
    "words": ["", "1. One 2. Two 3. Three", 'Here: ["a", "b", "c"]', '["a", "b", "c"] There.',
              '```json\n["a", "b", "c"]\n```', '["a", "b", "c"', '["a", "b"'],
    "number": ['["a", "b"]', '["a", "b", "c", "d"]', "[]", '["a", "b", "c", ""]', '["a", "b", "c", "c"]'],
    "blank_or_equal": ['["a", "b", ""]', '["a", " ", "c"]', '["a", "b", " a "]'],
    "types": ['["a", "b", 3]', '["a", "b", null]', '["a", "b", ["c"]]', '["a", "b", "c", 4]', '"abc"', "null",
              '{"parts": ["a", "b", "c"]}', '{"a": 1, "b": 2, "c": 3}', "3", "true"],
}  # fmt: skip


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("kind", NO_PARTS)
def test_what_is_no_three_parts_is_refused(kind):
    """Fewer, more, blank or equal ones, anything but strings, words around it: BadParts, with words."""
    for text in NO_PARTS[kind]:
        with pytest.raises(BadParts) as error:
            parse_parts(text)
        assert str(error.value).strip()


GOOD = [
    pytest.param("openai", marks=pytest.mark.cassette("good_openai")),
    pytest.param("anthropic", marks=pytest.mark.cassette("good_anthropic")),
]


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("provider", GOOD)
async def test_workers_run_at_once(tape, provider):
    """One call splits, three work in parallel, one merges: five calls, three of them in flight together."""
    search, asked = searching()
    run = await dag(TASK, provider, "fast", search)

    assert (len(tape.calls), tape.peak) == (5, 3)
    assert asked == [TASK["question"]]
    assert TASK["question"] in turns_of(tape.calls[0])[0]
    assert TASK["question"] in turns_of(tape.calls[-1])[0]
    assert run["report"] == tape.calls[-1].reply.text.strip()


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("provider", GOOD)
async def test_every_call_begins_alike(tape, provider):
    """All calls have the same beginning, byte for byte: the first writes it, and the workers can read it."""
    await dag(TASK, provider, "fast", searching()[0])

    assert partings(tape) == {}
    shared = [HANDBOOK.strip(), *(hit["snippet"] for hit in compact(payload())["hits"])]
    assert placed(system_of(tape.calls[0]), shared) == shared
    assert [markers(call.body) for call in tape.calls] == [provider == "anthropic"] * 5
    assert {call.tier for call in tape.calls} == {"fast"}


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("good_openai")
async def test_the_dag_runs_on_the_tier_it_was_given(tape):
    """Every call goes to that tier's model, and the row names it."""
    run = await dag(TASK, "openai", "balanced", searching()[0])

    assert [call.tier for call in tape.calls] == ["balanced"] * 5
    assert run["row"]["Model"] == model("balanced")


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("good_openai")
async def test_the_desk_sends_what_fits_and_sends_it_once(tape):
    """The hits are those that compact() keeps without being told a limit; no turn repeats what is shared."""
    many = [result(f"n{rank}", f"Source {rank}", f"Fact {rank}. " * 30, rank) for rank in range(10, 60)]
    kept = compact(payload(many))["hits"]
    await dag(TASK, "openai", "fast", searching(payload(many))[0])

    assert 0 < len(kept) < len(many)
    for call in tape.calls:
        assert [each["url"] for each in many if each["url"] in call.text] == [hit["url"] for hit in kept]
        assert (call.text.count(kept[0]["url"]), call.text.count(HANDBOOK.strip())) == (1, 1)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("good_openai")
async def test_the_raw_payload_stays_here(tape):
    """No call has what the filter took out."""
    await dag(TASK, "openai", "fast", searching()[0])

    for call in tape.calls:
        assert [name for name in ("iVBORw0KGgo", "treatment_b", "bm25", "<b>") if name in call.text] == []


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize("provider", GOOD)
async def test_the_row_of_the_dag(tape, provider):
    """The sums over all five calls, what was read from the cache, what the filter saved, and the time."""
    run = await dag(TASK, provider, "fast", *slow())

    saved = compact(payload())["saved"]
    expected = blank(provider, model("fast", provider), "P07", "dag")
    assert run["row"] == {**expected, **used(tape), "LatencySeconds": 2.0, "MCPTokensSaved": saved}


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("good_openai")
async def test_each_worker_has_a_part_of_its_own(tape):
    """Every part goes to one worker, which gets no other part, and no other turn."""
    await dag(TASK, "openai", "fast", searching()[0])

    found = workers(tape)
    assert sorted(found) == [1, 2, 3]
    assert [len(turns_of(call)) for call in found.values()] == [1, 1, 1]


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=pytest.mark.cassette("good_openai"), id="openai"),
        pytest.param("anthropic", marks=pytest.mark.cassette("good_anthropic"), id="anthropic"),
        pytest.param("openai", marks=pytest.mark.cassette("late", scale=0.1), id="late"),
    ],
)
async def test_answers_are_merged_in_the_order_of_the_parts(tape, provider):
    """Each part with its answer behind it, once, in the order of the split: who came late is not last."""
    await dag(TASK, provider, "fast", searching()[0])

    found = workers(tape)
    pieces = [
        piece for at, part in enumerate(parts_of(tape), 1) for piece in (part, found[at].reply.text.strip())
    ]
    assert placed(turns_of(tape.calls[-1])[-1], pieces) == pieces


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize(
    ("provider", "lost"),
    [
        pytest.param("openai", 2, marks=pytest.mark.cassette("limited"), id="limited"),
        pytest.param("anthropic", 3, marks=pytest.mark.cassette("overloaded"), id="overloaded"),
        pytest.param("openai", 1, marks=pytest.mark.cassette("broken_off"), id="broken_off"),
        pytest.param("openai", 2, marks=pytest.mark.cassette("refused"), id="refused"),
        pytest.param("openai", 3, marks=pytest.mark.cassette("timed_out"), id="timed_out"),
    ],
)
async def test_a_worker_that_fails_is_missed(tape, provider, lost):
    """The others go on; the merge is told which part has no answer, and the row names it."""
    run = await dag(TASK, provider, "fast", searching()[0])

    assert len(tape.calls) == 5
    found, pieces = workers(tape), []
    for at, part in enumerate(parts_of(tape), 1):
        pieces += [part, MISSING if at == lost else found[at].reply.text.strip()]
    assert placed(turns_of(tape.calls[-1])[-1], pieces) == pieces
    assert [at for at in (1, 2, 3) if f"part {at}" in run["row"]["Error"]] == [lost]
    assert run["report"] == tape.calls[-1].reply.text.strip()
    assert counts(run["row"]) == used(tape)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "lost",
    [
        pytest.param(["part 1", "part 3"], marks=pytest.mark.cassette("two_down"), id="two"),
        pytest.param(["part 1", "part 2", "part 3"], marks=pytest.mark.cassette("three_down"), id="all"),
    ],
)
async def test_two_missing_parts_are_too_many(tape, lost):
    """One answer is no report, and none is not either: no merge, and the row names the parts in order."""
    run = await dag(TASK, "openai", "fast", searching()[0])

    assert len(tape.calls) == 4
    assert run["report"] is None
    assert placed(run["row"]["Error"], ["part 1", "part 2", "part 3"]) == lost
    assert counts(run["row"]) == used(tape)


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.cassette("corrected")
async def test_a_wrong_split_is_corrected_once(tape):
    """The model sees what it said and what is wrong with it; that call is counted too, and is no Error."""
    run = await dag(TASK, "openai", "fast", searching()[0])

    wrong = tape.calls[0].reply.text.strip()
    with pytest.raises(BadParts) as error:
        parse_parts(wrong)
    assert turns_of(tape.calls[1])[:2] == [*turns_of(tape.calls[0]), wrong]
    assert str(error.value) in turns_of(tape.calls[1])[2]
    assert [turn["role"] for turn in tape.calls[1].messages[1:]] == ["user", "assistant", "user"]
    assert prefix(tape.calls[1]) == prefix(tape.calls[0])
    assert (len(tape.calls), run["row"]["Error"]) == (6, "")
    assert counts(run["row"]) == used(tape)
    assert run["report"] == tape.calls[-1].reply.text.strip()


@pytest.mark.task(5, needs=[1, 2, 3])
@pytest.mark.parametrize(
    ("provider", "calls"),
    [
        pytest.param("openai", 2, marks=pytest.mark.cassette("never_split"), id="wrong_twice"),
        pytest.param("openai", 1, marks=pytest.mark.cassette("no_split"), id="server_error"),
        pytest.param("openai", 2, marks=pytest.mark.cassette("split_lost"), id="correction_lost"),
        pytest.param("anthropic", 1, marks=pytest.mark.cassette("split_refused"), id="split_refused"),
        pytest.param("anthropic", 5, marks=pytest.mark.cassette("no_merge"), id="no_merge"),
        pytest.param("openai", 5, marks=pytest.mark.cassette("merge_refused"), id="merge_refused"),
    ],
)
async def test_without_a_split_or_a_merge_there_is_no_report(tape, provider, calls):
    """A split that is wrong twice, and a call that fails or is refused, end the run; what was paid counts."""
    run = await dag(TASK, provider, "fast", searching()[0], ticking(10.0, 11.5))

    assert len(tape.calls) == calls
    assert run["report"] is None
    assert run["row"]["Error"]
    assert counts(run["row"]) == used(tape)
    assert run["row"]["MCPTokensSaved"] == compact(payload())["saved"]
    assert run["row"]["LatencySeconds"] == 1.5


@pytest.mark.task(5, needs=[1, 2, 3])
async def test_without_hits_nothing_is_asked():
    """A broken payload is raised, and what the tool raises, too: no call is made."""
    with pytest.raises(BadPayload):
        await dag(TASK, "openai", "fast", searching("<html>502</html>")[0])

    async def search(question):
        raise ConnectionError("The search is down.")

    with pytest.raises(ConnectionError):
        await dag(TASK, "openai", "fast", search)


# Task 6: the benchmark


MODELS = [["openai", "fast"], ["openai", "smart"]]
SYSTEMS = ["baseline", "dag"]
BOUNDS = {"baseline": [9000, 2400], "dag": [12000, 4000]}
MUCH = Decimal(100)


def jobs_of(tasks=("P1", "P2"), models=MODELS, systems=SYSTEMS, runs=1):
    return plan([*tasks], models, systems, runs)


def filled(job, **more):
    """The row of a run that went well; no two jobs have the same tokens."""
    at = Random(json.dumps(job, sort_keys=True)).randrange(1000)
    row = blank(job["Provider"], job["Model"], job["TaskID"], job["SystemType"])
    row |= {"LatencySeconds": 1.5, "InputTokens": 4000 + at, "OutputTokens": 200, "CachedTokens": at}
    row["CacheCreationTokens"] = 900
    return row | {"TotalTokens": 4200 + at, "NumLLMCalls": 3} | more


class Bench:
    """A runner for the jobs: `made` lists them; `trouble` maps a task to what is raised or reported."""

    def __init__(self, path, trouble=None):
        self.path, self.trouble, self.made, self.seen = path, trouble or {}, [], []

    async def run(self, job):
        self.made.append(job)
        self.seen.append(len(read(self.path)))
        trouble = self.trouble.get(job["TaskID"])
        if isinstance(trouble, BaseException):
            raise trouble
        return dict(sorted(filled(job, Error=trouble or "").items()))


def read(path):
    """The rows of the file as another program reads it; none without a file."""
    if not Path(path).exists():
        return []
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def worst(job):
    sent, made = BOUNDS[job["SystemType"]]
    return max(cost(Usage(sent, made, 0, written), job["Model"]) for written in (0, sent))


def priced(row):
    return cost(
        Usage(
            *(row[name] for name in ("InputTokens", "OutputTokens", "CachedTokens", "CacheCreationTokens"))
        ),
        row["Model"],
    )


def as_text(row):
    return {name: str(row[name]) for name in FIELDS}


@pytest.fixture
def path(tmp_path):
    """Where the file is to be: there is none yet."""
    return str(tmp_path / "bench.csv")


@pytest.mark.task(6)
def test_the_plan_has_every_combination_in_order():
    """Runs outermost, then tasks, models and systems: what stops early has whole comparisons."""
    jobs = plan(["P2", "P1"], MODELS[::-1], SYSTEMS[::-1], 2)

    assert len(jobs) == 2 * 2 * 2 * 2
    assert jobs[0] == {
        "Provider": "openai", "Tier": "smart", "Model": model("smart"), "TaskID": "P2", "SystemType": "dag",
        "Run": 1,
    }  # fmt: skip
    order = [(job["Run"], job["TaskID"], job["Tier"], job["SystemType"]) for job in jobs]
    assert order == [
        (run, task, tier, system)
        for run in (1, 2) for task in ("P2", "P1") for tier in ("smart", "fast") for system in SYSTEMS[::-1]
    ]  # fmt: skip


@pytest.mark.task(6)
def test_the_estimate_is_the_most_it_can_cost():
    """Every job at the bound of its system and the price of its model, nothing cached or all written."""
    jobs = jobs_of(models=[*MODELS, ["anthropic", "fast"], ["anthropic", "smart"]], runs=3)

    assert Decimal(estimate(jobs, BOUNDS)) == sum(map(worst, jobs))
    assert Decimal(estimate([], BOUNDS)) == 0


@pytest.mark.task(6)
async def test_what_has_no_price_does_not_begin(path):
    """One model without a price, wherever it stands in the plan: no estimate, no run, no file."""
    jobs = jobs_of()
    jobs.append({**jobs[0], "Model": "nobody-1"})
    runner = Bench(path)

    with pytest.raises(LookupError) as estimated:
        estimate(jobs, BOUNDS)
    with pytest.raises(LookupError) as started:
        await bench(path, jobs, runner.run, BOUNDS, MUCH)
    assert {type(error.value).__name__ for error in (estimated, started)} == {"UnknownPrice"}
    assert runner.made == []
    assert not Path(path).exists()


@pytest.mark.task(6)
async def test_rows_are_on_disk_one_by_one(path):
    """Each row is appended as soon as its run ends: another program sees it while the next one runs."""
    jobs, runner = jobs_of(), Bench(path)
    done = await bench(path, jobs, runner.run, BOUNDS, MUCH)

    assert runner.made == jobs
    assert runner.seen == list(range(len(jobs)))
    assert read(path) == [as_text(filled(job)) for job in jobs]
    assert (done["made"], done["left"]) == (8, 0)
    assert Decimal(done["spent"]) == sum(priced(filled(job)) for job in jobs)
    assert Path(path).read_text().count(HEADER) == 1
    assert Path(path).read_text().startswith(HEADER)


@pytest.mark.task(6)
async def test_what_is_there_is_not_run_again(path):
    """A second start makes the jobs that the file lacks, and no other; the header stays the only one."""
    jobs, first, second = jobs_of(), Bench(path), Bench(path)
    await bench(path, jobs[2:5], first.run, BOUNDS, MUCH)
    done = await bench(path, jobs, second.run, BOUNDS, MUCH)

    assert second.made == jobs[:2] + jobs[5:]
    assert (done["made"], done["left"]) == (5, 0)
    assert read(path) == [as_text(filled(job)) for job in jobs[2:5] + jobs[:2] + jobs[5:]]
    assert Path(path).read_text().count(HEADER) == 1


@pytest.mark.task(6)
async def test_two_runs_need_two_rows(path):
    """A row stands for one job: where the plan has two runs and the file one row, one run is left."""
    runner = Bench(path)
    await bench(path, jobs_of(runs=1), Bench(path).run, BOUNDS, MUCH)
    await bench(path, jobs_of(runs=3), runner.run, BOUNDS, MUCH)

    assert len(runner.made) == 16
    assert len(read(path)) == 24
    again = Bench(path)
    await bench(path, jobs_of(runs=3), again.run, BOUNDS, MUCH)
    assert again.made == []


@pytest.mark.task(6)
@pytest.mark.parametrize("cut", [1, 2, 30])
async def test_a_torn_line_is_run_again(path, cut):
    """A last line without its end was torn by a kill: it is cut off, even in the middle of a letter."""
    jobs = jobs_of()
    await bench(path, jobs[:3], Bench(path, {"P1": "trouble with é"}).run, BOUNDS, MUCH)
    whole = Path(path).read_bytes().rstrip(b"\r\n")
    Path(path).write_bytes(whole[: len(whole) - cut + 1])
    runner = Bench(path)
    await bench(path, jobs, runner.run, BOUNDS, MUCH)

    assert runner.made == jobs[2:]
    rows = read(path)
    assert [row for row in rows if None in row or None in row.values()] == []
    assert [row["SystemType"] for row in rows] == SYSTEMS * 4


@pytest.mark.task(6)
@pytest.mark.parametrize("length", [0, 7, len(HEADER) - 1])
async def test_a_torn_header_is_a_new_file(path, length):
    """Killed before the first row, even in the header: the file begins anew, and has one header."""
    Path(path).write_text(HEADER[:length])
    runner = Bench(path)
    await bench(path, jobs_of(), runner.run, BOUNDS, MUCH)

    assert len(runner.made) == len(read(path)) == 8
    assert Path(path).read_text().startswith(HEADER)


@pytest.mark.task(6)
@pytest.mark.parametrize(
    "text",
    [
        "Provider,Model,Score\nopenai,x,3\n",
        "a letter to my aunt",
        HEADER.replace("Model", "Modell") + "a",
        "Provider of the year",
        line(FIELDS[::-1]),
        line(FIELDS[:-1]) + line(["openai"]),
    ],
    ids=["scores", "letter", "other_column", "begins_alike", "other_order", "one_less"],
)
async def test_another_file_is_refused(path, text):
    """A file with another header is somebody else's: WrongFile, nothing is run, and it stays as it is."""
    Path(path).write_text(text)
    runner = Bench(path)

    with pytest.raises(WrongFile):
        await bench(path, jobs_of(), runner.run, BOUNDS, MUCH)
    assert Path(path).read_text() == text
    assert runner.made == []


@pytest.mark.task(6)
@pytest.mark.parametrize("kind", [ValueError, OSError, TimeoutError, RuntimeError, ZeroDivisionError])
async def test_a_run_that_raises_is_a_row(path, kind):
    """It becomes a row with the class and the words of what was raised, on one line; the others go on."""
    jobs, runner = jobs_of(), Bench(path, {"P1": kind("no, and\nagain no")})
    done = await bench(path, jobs, runner.run, BOUNDS, MUCH)

    rows = read(path)
    assert len(rows) == len(runner.made) == done["made"] == 8
    assert [row["Error"] for row in rows] == [f"{kind.__name__}: no, and again no"] * 4 + [""] * 4
    identity = FIELDS[:4]
    assert [[row[name] for name in identity] for row in rows] == [
        [job[name] for name in identity] for job in jobs
    ]


@pytest.mark.task(6)
async def test_whoever_cancels_ends_it(path):
    """A cancelled benchmark stops: what was running has no row, and what was done is there."""
    jobs, runner, running = jobs_of(), Bench(path), asyncio.Event()

    async def run(job):
        if job["TaskID"] == "P2" and not running.is_set():
            running.set()
            await asyncio.sleep(30)
        return await runner.run(job)

    task = asyncio.create_task(bench(path, jobs, run, BOUNDS, MUCH))
    await asyncio.wait_for(running.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert read(path) == [as_text(filled(job)) for job in jobs[:4]]


@pytest.mark.task(6)
async def test_errors_are_run_again_only_if_asked(path):
    """A row with an Error is there; with `again` its job is run once more, and the old row stays."""
    jobs = jobs_of()
    await bench(path, jobs, Bench(path, {"P1": "part 2:\nbusy, é"}).run, BOUNDS, MUCH)
    assert [row["Error"] for row in read(path)] == ["part 2: busy, é"] * 4 + [""] * 4
    calm, eager, late = Bench(path), Bench(path), Bench(path)
    await bench(path, jobs, calm.run, BOUNDS, MUCH)
    await bench(path, jobs, eager.run, BOUNDS, MUCH, again=True)
    await bench(path, jobs, late.run, BOUNDS, MUCH, again=True)

    assert (calm.made, eager.made, late.made) == ([], jobs[:4], [])
    assert [bool(row["Error"]) for row in read(path)] == [True] * 4 + [False] * 8


@pytest.mark.task(6)
async def test_of_two_runs_the_failed_one_is_repeated(path):
    """Both rows count; with `again` the row with an Error does not, and one run of each job is left."""
    jobs, first, calm, eager = jobs_of(["P1"], runs=2), Bench(path), Bench(path), Bench(path)

    async def run(job):
        return {**await first.run(job), "Error": "busy" if job["Run"] == 1 else ""}

    await bench(path, jobs, run, BOUNDS, MUCH)
    await bench(path, jobs, calm.run, BOUNDS, MUCH)
    done = await bench(path, jobs, eager.run, BOUNDS, MUCH, again=True)

    assert (calm.made, len(eager.made), done["made"], done["left"]) == ([], 4, 4, 0)


@pytest.mark.task(6)
async def test_the_cap_holds_for_all_that_was_paid(path):
    """Rows of other plans were paid from the same purse, and so were old errors, also with `again`."""
    jobs, others, seen = jobs_of(), jobs_of(["P8", "P9"]), []
    await bench(path, others, Bench(path, {"P8": "part 1: busy"}).run, BOUNDS, MUCH)
    await bench(path, jobs, Bench(path, {"P1": "split: busy"}).run, BOUNDS, MUCH)
    paid = sum(map(worst, [*others[:4], *jobs[:4]]))
    paid += sum(priced(filled(job)) for job in [*others[4:], *jobs[4:]])
    runner = Bench(path)
    done = await bench(
        path, jobs, runner.run, BOUNDS, paid + worst(jobs[0]), again=True,
        progress=lambda there, of: seen.append((there, of)),
    )  # fmt: skip

    assert runner.made == jobs[:1]
    assert (done["made"], done["left"]) == (1, 3)
    assert Decimal(done["spent"]) == paid + priced(filled(jobs[0]))
    assert seen == [(5, 8)]


@pytest.mark.task(6)
@pytest.mark.parametrize("fits", [0, 1, 3])
async def test_the_cap_stops_before_it_is_passed(path, fits):
    """A run begins if what was paid and its own worst case are within the cap: to reach it is allowed."""
    jobs, short = jobs_of(), Bench(path)
    cap = sum((priced(filled(job)) for job in jobs[:fits]), Decimal(0)) + worst(jobs[fits])
    done = await bench(path, jobs, short.run, BOUNDS, cap - Decimal("0.0000000001"))

    assert short.made == jobs[:fits]
    assert (done["made"], done["left"]) == (fits, 8 - fits)
    # One that is cheaper does not slip through behind one that is too dear.
    more = Bench(path)
    await bench(path, jobs, more.run, BOUNDS, cap)
    assert more.made[0] == jobs[fits]


@pytest.mark.task(6)
async def test_the_cap_is_one_cap_for_all_starts(path):
    """What the rows of earlier starts cost counts: a restart does not fill the purse again."""
    jobs = jobs_of()
    await bench(path, jobs[:4], Bench(path).run, BOUNDS, MUCH)
    runner, cap = Bench(path), sum(priced(filled(job)) for job in jobs[:4])
    done = await bench(path, jobs, runner.run, BOUNDS, cap)

    assert runner.made == []
    assert Decimal(done["spent"]) == cap


@pytest.mark.task(6)
@pytest.mark.parametrize("trouble", ["part 2: busy", ValueError("no")], ids=["reported", "raised"])
async def test_an_error_cost_its_worst_case(path, trouble):
    """Nobody knows what a run with an Error cost: it counts in full, now and at the next start."""
    jobs = jobs_of()
    done = await bench(path, jobs, Bench(path, {"P1": trouble}).run, BOUNDS, MUCH)
    after = await bench(path, jobs, Bench(path).run, BOUNDS, MUCH)

    paid = sum(map(worst, jobs[:4])) + sum(priced(filled(job)) for job in jobs[4:])
    assert Decimal(done["spent"]) == Decimal(after["spent"]) == paid


@pytest.mark.task(6)
async def test_progress_counts_what_was_there(path):
    """After each row: how many rows of the plan are there, and how many jobs it has."""
    jobs, seen = jobs_of(), []
    await bench(path, jobs[:3], Bench(path).run, BOUNDS, MUCH)
    await bench(path, jobs, Bench(path).run, BOUNDS, MUCH, progress=lambda done, of: seen.append((done, of)))

    assert seen == [(done, 8) for done in (4, 5, 6, 7, 8)]


# Task 7: summarize


def rows_with(
    values, name="LatencySeconds", system="dag", task="P1", provider="openai", error="", tier="fast"
):
    row = blank(provider, model(tier, provider), task, system)
    return [{**row, name: value, "Error": error} for value in values]


def held(n, k):
    """How surely the median lies between the k-th smallest and the k-th largest of n values."""
    return 1 - 2 * sum(comb(n, below) for below in range(k)) / 2**n


@pytest.mark.task(7)
def test_an_interval_is_two_of_the_values():
    """The k-th from below and from above, as narrow as the level allows; the level that it has is told."""
    for n, k in ((6, 1), (8, 1), (9, 2), (15, 4), (16, 4), (60, 22), (120, 49)):
        values = [float(value) for value in range(1, n + 1)]
        Random(n).shuffle(values)
        before = list(values)
        found = interval(values)

        assert values == before
        assert (found["low"], found["high"]) == (k, n + 1 - k)
        assert found["level"] == pytest.approx(held(n, k))
        assert held(n, k + 1) < 0.95 <= found["level"]


@pytest.mark.task(7)
def test_few_values_have_no_interval():
    """Five values cannot hold the median with 95 %: there is none, and none is made up."""
    assert [interval([1.0] * n) for n in range(6)] == [None] * 6
    assert interval([3.0, 1.0, 2.0, 5.0, 4.0], 0.9)["level"] == pytest.approx(held(5, 1))
    assert interval([3.0, 1.0, 2.0, 5.0, 4.0], held(5, 1))["low"] == 1.0
    assert interval([1.0] * 6, 0.99) is None


@pytest.mark.task(7)
def test_a_summary_is_made_of_medians():
    """The median, which one slow run does not move, and its interval, per provider, model and system."""
    slow = [1.0, 9.0, 2.0, 3.0, 100.0, 4.0, 5.0, 6.0]
    rows = rows_with(slow) + rows_with([7.0, 8.0], system="baseline") + rows_with([5.0], tier="smart")
    random = Random(3)
    mixed = [rows[0], *random.sample(rows[1:8], 7), *rows[8:]]
    found = summarize(mixed, "LatencySeconds")

    assert [(each["Provider"], each["SystemType"]) for each in found] == [
        ("openai", "dag"), ("openai", "baseline"), ("openai", "dag"),
    ]  # fmt: skip
    assert [each["Model"] for each in found] == [model("fast")] * 2 + [model("smart")]
    assert [each["median"] for each in found] == [median(slow), 7.5, 5.0]
    assert [each["interval"] for each in found] == [interval(slow), None, None]
    assert [(each["rows"], each["errors"]) for each in found] == [(8, 0), (2, 0), (1, 0)]


@pytest.mark.task(7)
def test_errors_are_counted_and_nothing_else():
    """A run that broke off early was fast: rows with an Error are left out of the figures."""
    rows = rows_with([4.0, 5.0, 6.0]) + rows_with([0.1] * 4, error="split: busy")
    rows += rows_with([0.2, 0.3], system="baseline", error="busy")
    first, second = summarize(rows, "LatencySeconds")

    assert (first["median"], first["rows"], first["errors"]) == (5.0, 3, 4)
    assert (second["median"], second["interval"], second["rows"], second["errors"]) == (None, None, 0, 2)


def compared(pairs, name="TotalTokens", **more):
    """Rows of the baseline and of the dag, one task per pair."""
    rows = []
    for at, (before, after) in enumerate(pairs, 1):
        rows += rows_with(before, name, "baseline", f"P{at}", **more)
        rows += rows_with(after, name, "dag", f"P{at}", **more)
    return rows


@pytest.mark.task(7)
def test_a_factor_is_the_median_of_ratios():
    """Each task is compared with itself: a long one does not outvote the short ones."""
    pairs = [([100], [50]), ([90_000], [10_000]), ([300], [100])]
    [found] = factors(compared(pairs), "TotalTokens")

    assert found["factor"] == 3.0
    assert (found["tasks"], found["left_out"], found["interval"]) == (3, 0, None)
    assert (found["Provider"], found["Model"]) == ("openai", model("fast"))


@pytest.mark.task(7)
def test_runs_of_one_task_make_one_ratio():
    """Several runs of a task are one task: its medians are compared, whichever run was first."""
    pairs = [([8.0], [1.0]), ([4.0, 100.0, 6.0, 8.0], [1.0, 4.0, 90.0]), ([9.0], [3.0]), ([7.0], [2.0])]
    pairs += [([18.0], [2.0]), ([4.0], [2.0]), ([5.0], [1.0]), ([14.0], [2.0])]
    [found] = factors(compared(pairs, "LatencySeconds"), "LatencySeconds")

    assert found["tasks"] == 8
    assert found["factor"] == 4.25
    assert found["interval"] == interval([8.0, 1.75, 3.0, 3.5, 9.0, 2.0, 5.0, 7.0])


@pytest.mark.task(7)
def test_what_cannot_be_compared_is_left_out():
    """One side alone, one side with errors only, nothing to divide by: left out, and counted."""
    rows = compared([([100], [50]), ([100], []), ([], [100]), ([100], [0]), ([0], [10])])
    rows += rows_with([100], "TotalTokens", "baseline", "P9")
    rows += rows_with([1], "TotalTokens", "dag", "P9", error="part 2: busy")
    rows += rows_with([1], "TotalTokens", "dag", "P1", error="part 2: busy")
    rows += rows_with([9_000] * 3, "TotalTokens", "baseline", "P1", error="busy")
    rows += rows_with([1], "TotalTokens", "baseline", "P10", error="busy")
    rows += rows_with([8], "TotalTokens", "baseline", "P1", provider="anthropic")
    first, second = factors(rows, "TotalTokens")

    assert (first["tasks"], first["left_out"], first["factor"]) == (2, 5, 1.0)
    assert (second["tasks"], second["left_out"], second["factor"]) == (0, 1, None)


@pytest.mark.task(7)
def test_every_model_has_a_factor_of_its_own():
    """Models are not mixed: what is fast for one says nothing about another."""
    rows = compared([([100], [50])]) + compared([([100], [10])], tier="smart")

    assert [each["factor"] for each in factors(rows, "TotalTokens")] == [2.0, 10.0]
