"""Prompt caching by the vendors' rules: prefix, minimum, lifetime, and calls that start together."""

from __future__ import annotations

import anthropic
import anyio
import openai
import pytest

from grader.models import capabilities, model
from grader.provider.caching import ASSUMED_MINIMUM, Block, PromptCache
from grader.provider.serve import running
from grader.provider.tokens import MESSAGE, count, pieces, scale
from grader.tests.provider_support import ask, ask_claude, chatter, claude, headers, library

LONG = "The quick brown fox jumps over the lazy dog. " * 200
HAIKU, SONNET = model("fast", "anthropic"), model("balanced", "anthropic")
SCRIPT = """
any:
  title: Anything
  turns: [{say: fine}]
  endless: true
slow:
  title: A slow prefill
  turns: [{say: fine, delay: 0.2}]
"""


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def clock():
    return Clock()


@pytest.fixture(scope="module")
def url(tmp_path_factory, clock):
    with running(library=library(tmp_path_factory.mktemp("course"), SCRIPT), clock=clock) as base:
        yield base


@pytest.fixture
def run(request):
    return {"x-stand-in-run": request.node.name}


def openai_usage(client, system=LONG, question="hello", **options):
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return ask(client, messages, **options).usage


def claude_usage(client, text=LONG, question="hello", ttl=None, **options):
    mark = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
    system = [{"type": "text", "text": text, "cache_control": mark}]
    return ask_claude(client, question, system=system, **options).usage


def counted(client, system, question):
    messages = [{"role": "user", "content": question}]
    return client.messages.count_tokens(model=HAIKU, system=system, messages=messages).input_tokens


def total(usage):
    """All that was sent, in Anthropic's exclusive counts."""
    return usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens


def test_openai_reads_the_common_prefix_in_steps_of_128(url, run):
    client = chatter(url, "any", run)
    first, second = openai_usage(client), openai_usage(client, question="something else entirely")
    shared = len(MESSAGE) + 1 + count(LONG)

    assert first.prompt_tokens_details.cached_tokens == 0
    assert second.prompt_tokens_details.cached_tokens == shared // 128 * 128
    assert second.prompt_tokens > shared


def test_openai_reports_what_it_writes(url, run):
    client = chatter(url, "any", run)
    first, second = openai_usage(client), openai_usage(client)
    old = openai_usage(client, model="gpt-4o-mini")

    assert first.prompt_tokens_details.cache_write_tokens == first.prompt_tokens // 128 * 128
    assert second.prompt_tokens_details.cache_write_tokens == 0
    assert not hasattr(old.prompt_tokens_details, "cache_write_tokens") or (
        old.prompt_tokens_details.cache_write_tokens is None
    )


def test_openai_caches_nothing_below_the_minimum(url, run):
    client = chatter(url, "any", run)
    text = " word" * (capabilities(model("fast")).cache_minimum - 100)
    usages = [openai_usage(client, text) for _ in range(2)]

    assert [usage.prompt_tokens_details.cached_tokens for usage in usages] == [0, 0]


def test_a_changed_beginning_misses(url, run):
    client = chatter(url, "any", run)
    openai_usage(client)

    assert openai_usage(client, "Today. " + LONG).prompt_tokens_details.cached_tokens == 0


def test_models_and_runs_share_nothing(url, run):
    openai_usage(chatter(url, "any", run))

    assert (
        openai_usage(chatter(url, "any", run), model=model("smart")).prompt_tokens_details.cached_tokens == 0
    )
    other = chatter(url, "any", {"x-stand-in-run": "another"})
    assert openai_usage(other).prompt_tokens_details.cached_tokens == 0


def test_openai_forgets_after_its_lifetime(url, run, clock):
    client = chatter(url, "any", run)
    openai_usage(client)
    clock.now += 29 * 60
    assert openai_usage(client).prompt_tokens_details.cached_tokens > 0
    clock.now += 31 * 60
    assert openai_usage(client).prompt_tokens_details.cached_tokens == 0


def test_deepseek_counts_hits_and_misses(url, run):
    client = chatter(url, "any", run)
    name = model("fast", "deepseek")
    first, second = openai_usage(client, model=name), openai_usage(client, model=name)

    assert first.prompt_cache_hit_tokens == 0
    assert second.prompt_cache_hit_tokens == second.prompt_tokens // 64 * 64
    assert second.prompt_cache_hit_tokens + second.prompt_cache_miss_tokens == second.prompt_tokens


def test_anthropic_writes_then_reads_the_marked_prefix(url, run):
    client = claude(url, "any", run)
    first, second = claude_usage(client), claude_usage(client, question="another question")
    marked = scale(len(MESSAGE) + 1 + len(pieces(LONG)), "anthropic")

    assert (first.cache_creation_input_tokens, first.cache_read_input_tokens) == (marked, 0)
    assert (second.cache_creation_input_tokens, second.cache_read_input_tokens) == (0, marked)
    assert second.input_tokens == total(second) - marked
    assert total(second) == counted(client, LONG, "another question")


def test_anthropic_caches_nothing_without_a_mark(url, run):
    client = claude(url, "any", run)
    usages = [ask_claude(client, "hello", system=LONG).usage for _ in range(2)]

    assert [total(usage) == usage.input_tokens for usage in usages] == [True, True]


@pytest.mark.parametrize(("name", "minimum"), [(HAIKU, 512), (SONNET, ASSUMED_MINIMUM)])
def test_anthropic_is_silent_below_the_minimum(url, run, name, minimum):
    client = claude(url, "any", run)
    enough = " word" * (int(minimum / 1.3) + 1)

    assert claude_usage(client, enough[: -5 * 20], model=name).cache_creation_input_tokens == 0
    assert claude_usage(client, enough, model=name).cache_creation_input_tokens >= minimum


def test_anthropic_lifetimes_are_split_and_renewed(url, run, clock):
    client = claude(url, "any", run)
    hour = claude_usage(client, ttl="1h").cache_creation
    assert hour.ephemeral_1h_input_tokens > 0 == hour.ephemeral_5m_input_tokens

    for _ in range(3):
        clock.now += 59 * 60
        assert claude_usage(client, ttl="1h").cache_read_input_tokens > 0
    clock.now += 61 * 60
    assert claude_usage(client, ttl="1h").cache_read_input_tokens == 0


def test_five_minutes_are_five_minutes(url, run, clock):
    client = claude(url, "any", run)
    claude_usage(client)
    clock.now += 299
    assert claude_usage(client).cache_read_input_tokens > 0
    clock.now += 301
    assert claude_usage(client).cache_read_input_tokens == 0


def test_a_mark_at_the_end_finds_what_an_earlier_one_wrote(url, run):
    client = claude(url, "any", run)
    mark = {"cache_control": {"type": "ephemeral"}}
    opening = {"role": "user", "content": LONG}
    first = ask_claude(client, [opening], extra_body=mark).usage
    later = [opening, {"role": "assistant", "content": "fine"}, {"role": "user", "content": "and now?"}]

    second = ask_claude(client, later, extra_body=mark).usage

    assert second.cache_read_input_tokens == first.cache_creation_input_tokens > 0
    assert 0 < second.cache_creation_input_tokens < 50


def test_a_hit_through_a_later_mark_renews_what_it_read(url, run, clock):
    client, mark = claude(url, "any", run), {"cache_control": {"type": "ephemeral"}}
    opening = {"role": "user", "content": LONG}

    def read(*later):
        spoken = (
            [{"role": "assistant", "content": "fine"}, {"role": "user", "content": later[0]}] if later else []
        )
        return ask_claude(client, [opening, *spoken], extra_body=mark).usage.cache_read_input_tokens

    first = read()
    clock.now += 200
    second = read("one way")
    clock.now += 200
    third = read("another way")

    assert (first, second > 0, third > 0) == (0, True, True)


def test_more_than_four_marks_are_refused(url):
    block = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}

    with pytest.raises(anthropic.BadRequestError, match="maximum of 4 blocks"):
        ask_claude(claude(url, "any"), system=[block] * 5)


def test_zero_tokens_warm_the_cache(url, run):
    client = claude(url, "any", run)
    warm = claude_usage(client, max_tokens=0)

    assert (warm.output_tokens, warm.cache_creation_input_tokens > 0) == (0, True)
    assert claude_usage(client).cache_read_input_tokens == warm.cache_creation_input_tokens


async def test_calls_that_start_together_all_miss(url, run):
    cached = []

    async def call(client: openai.AsyncOpenAI) -> None:
        reply = await client.chat.completions.create(model=model("fast"), messages=messages)
        cached.append(reply.usage.prompt_tokens_details.cached_tokens)

    messages = [{"role": "system", "content": LONG}, {"role": "user", "content": "hello"}]
    async with openai.AsyncOpenAI(
        base_url=f"{url}/v1", api_key="k", max_retries=0, default_headers=headers("slow", **run)
    ) as client:
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(call, client)
        await call(client)

    assert cached[:3] == [0, 0, 0]
    assert cached[3] > 0


def test_nothing_is_readable_before_the_prefill_is_done():
    cache, blocks = PromptCache(Clock()), [Block(tuple(pieces(LONG)))]
    first, second = (cache.look("me", model("fast"), blocks) for _ in range(2))
    cache.store(first)

    assert (first.read, second.read) == (0, 0)
    assert cache.look("me", model("fast"), blocks).read > 0


def test_cached_tokens_shorten_the_prefill():
    cache, blocks = PromptCache(Clock()), [Block(tuple(pieces(LONG)))]
    cold = cache.look("me", model("fast"), blocks)
    cache.store(cold)

    assert cache.look("me", model("fast"), blocks).prefill < cold.prefill / 10
