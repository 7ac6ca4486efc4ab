"""Grades 99_capstone: the chain-of-thought command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from decimal import Decimal
from fractions import Fraction
from functools import partial
from random import randint

import pytest
from capstone import (
    NoAnswer,
    NotArithmetic,
    OverBudget,
    ProviderFailed,
    calculate,
    complete,
    history,
    main,
    solve,
)

from grader.models import Usage, cost, model

# The first call imports an SDK, and on a busy machine that alone can take many seconds.
pytestmark = pytest.mark.limit(40)

# JSON mode and a JSON schema are both fine: one check asks which was sent, the others take either.
cassette = partial(pytest.mark.cassette, ignore=["format"])

FIFTEEN = "What is 15% of 240?"
TRAIN = "If a train travels 60 mph for 2.5 hours, then 80 mph for 1.5 hours, what is its average speed?"
SHIRTS = "If I buy 3 shirts at $25 each and get 20% off, what do I pay?"
INVEST = "If I invest $1000 at 5% compounded monthly for 2 years, how much will I have?"
FLOUR = "A recipe for 4 people needs 350 g of flour. How much do 13 people need?"
BAKERY = (
    "A bakery sells 12 loaves at $4.50 on Monday, and every day 3 more than the day before. "
    "What does it take in a week?"
)
ASKED = [
    {"role": "system", "content": "Reply with one step as a JSON object."},
    {"role": "user", "content": FIFTEEN},
]
ROOMY = cost(Usage(20_000, 6_000), model("fast"))  # dollars: some calls at their worst, or many as they are


def step(number, **changes):
    """A step as `solve` keeps it, with words that occur nowhere else."""
    valid = {"step_type": "calculate", "thought": f"thought-{number}", "action": f"{number} * 2",
             "result": str(number * 2), "next_step_needed": True}  # fmt: skip
    return valid | changes


def balanced(levels):
    """A sum of 2 to the power of `levels` ones that is long, but nowhere deep."""
    return "1" if not levels else f"({balanced(levels - 1)}+{balanced(levels - 1)})"


def run(*argv):
    """What `cot` returns and writes: exit code, output, errors."""
    out, errors = [], []
    code = main(list(argv), write=out.append, complain=errors.append)
    return code, "".join(out), "".join(errors)


def invalid(steps):
    """The recorded replies that are no step, and the calls that came after them."""
    for number, recorded in enumerate(steps[:-1]):
        try:
            said = recorded.reply.json_text()
        except ValueError:
            said = {}
        if (
            said.get("step_type") not in ("analyze", "calculate", "verify", "final_answer")
            or "action" not in said
        ):
            yield number, recorded.reply.text


# Task 1: the calculator


@pytest.mark.task(1)
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("15% of 240", 36),
        ("(60 × 2.5 + 80 × 1.5) ÷ (2.5 + 1.5)", Fraction("67.5")),
        ("$1,000 * (1 + 5% / 12)^24", 1000 * (1 + Fraction(5, 1200)) ** 24),
        ("-2^2 + 2^3^2", 508),
        ("1,250,000 − 1", 1_249_999),
        ("3 x 25", 75),
        ("75 * (1 - 20%)", 60),
        ("2 ** 64", 2**64),
    ],
)
def test_arithmetic_is_evaluated_as_people_write_it(text, value):
    """×, ÷, ^, %, currency signs and thousands separators mean what they mean on paper."""
    found = Fraction(calculate(text))

    assert abs(found - value) <= abs(value) / 10**9


@pytest.mark.task(1)
def test_cents_are_exact():
    """Decimal arithmetic: ten cents and twenty cents are thirty cents."""
    first, second = randint(1, 9_999), randint(1, 9_999)

    assert calculate("0.1 + 0.2") == "0.3"
    assert Fraction(calculate(f"{first / 100:.2f} + {second / 100:.2f}")) == Fraction(first + second, 100)


@pytest.mark.task(1)
@pytest.mark.parametrize(
    "text",
    ["__import__('os').getcwd()", "().__class__", "abs(-2)", "x + 1", "'a' * 3", "[1]", "True", "1 < 2",
     "lambda: 1", "60 mph * 2", "", "nan"],
)  # fmt: skip
def test_what_is_not_arithmetic_is_refused(text):
    """Numbers and operators only: a name, a call or a string in an expression is never evaluated."""
    with pytest.raises(NotArithmetic):
        calculate(text)


@pytest.mark.task(1)
@pytest.mark.parametrize("text", ["2,5 * 4", "17 % 5", "75 - 20%"])
def test_what_can_be_read_in_two_ways_is_refused(text):
    """A calculator that guesses is wrong half of the time: 2,5 is not 25, and 75 - 20% is not surely 74.8."""
    with pytest.raises(NotArithmetic):
        calculate(text)


@pytest.mark.task(1)
@pytest.mark.limit(3)
@pytest.mark.parametrize(
    "text",
    ["9^9^9", "2^100000", "10^500 * 10^500", "1 / 0", "1e999", "0 / 0", "(" * 400 + "1" + ")" * 400,
     "-" * 450 + "1", "1+" * 50_000 + "1", balanced(13), "9" * 480 + "^900"],
)  # fmt: skip
def test_what_has_no_end_is_refused_at_once(text):
    """Length, depth and power are limited before anything is computed, so no expression can hang the tool."""
    with pytest.raises(NotArithmetic):
        calculate(text)


# Task 2: the adapters


@pytest.mark.task(2)
@pytest.mark.cassette("one_call")
def test_a_call_asks_the_fast_tier_for_json(tape):
    """The request names the model of the tier, asks for JSON, and limits the length of the reply."""
    complete(ASKED)
    body = tape.calls[0].body

    assert tape.calls[0].tier == "fast"
    assert tape.calls[0].facts.format in ("json_object", "json_schema")
    assert body.get("max_completion_tokens")
    assert tape.calls[0].messages == ASKED


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=cassette("one_call")),
        pytest.param("anthropic", marks=cassette("one_call_claude")),
    ],
)
def test_both_wires_come_back_as_one_completion(provider, tape):
    """Text, usage and finish read the same, whoever answers; thinking is not text."""
    reply = complete(ASKED, provider=provider)
    said = tape.calls[0].reply

    assert (reply["text"], reply["finish"]) == (said.text, "stop")
    assert reply["usage"] == asdict(said.usage)


@pytest.mark.task(2)
@cassette("one_call_claude")
def test_anthropic_gets_the_system_prompt_apart(tape):
    """Anthropic takes the system prompt beside the conversation, and refuses it inside."""
    complete(ASKED, provider="anthropic")
    body = tape.calls[0].body

    assert ASKED[0]["content"] in json.dumps(body["system"])
    assert [message["role"] for message in body["messages"]] == ["user"]


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=cassette("one_call_cached")),
        pytest.param("deepseek", marks=cassette("one_call_deepseek")),
    ],
)
def test_cached_tokens_are_counted_wherever_a_vendor_reports_them(provider, tape):
    """`input_tokens` counts everything sent; what came from the cache is also named, under one name."""
    rules = {
        "role": "system",
        "content": "Reply with one step as a JSON object, and with nothing else. " * 99,
    }

    replies = [complete([rules, ASKED[1]], provider=provider) for _ in range(2)]

    assert replies[1]["usage"]["cached_tokens"] > 0
    assert [reply["usage"] for reply in replies] == [asdict(call.reply.usage) for call in tape.calls]


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=cassette("one_call_streamed")),
        pytest.param("anthropic", marks=cassette("one_call_claude_streamed")),
    ],
)
def test_a_streamed_reply_adds_up_to_a_whole_one(provider, tape):
    """The pieces are handed on as they come, and text, usage and finish are those of a whole reply."""
    pieces = []

    reply = complete(ASKED, provider=provider, on_text=pieces.append)

    said = tape.calls[0].reply
    assert len([piece for piece in pieces if piece]) > 1
    assert "".join(pieces) == reply["text"] == said.text
    assert (reply["usage"], reply["finish"]) == (asdict(said.usage), "stop")


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=cassette("one_call_cut"), id="connection lost"),
        pytest.param("openai", marks=cassette("one_call_ends_early"), id="end without a reason"),
        pytest.param("anthropic", marks=cassette("one_call_claude_cut"), id="anthropic"),
    ],
)
def test_a_stream_that_breaks_off_is_no_whole_reply(provider, tape):
    """A stream may end early without an error: the missing finish reason is the only sign."""
    pieces = []

    reply = complete(ASKED, provider=provider, on_text=pieces.append)

    assert reply["finish"] == "cut"
    assert "".join(pieces) == reply["text"] == tape.calls[0].reply.text


@pytest.mark.task(2)
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=cassette("one_call_truncated")),
        pytest.param("anthropic", marks=cassette("one_call_claude_truncated")),
    ],
)
def test_a_reply_at_its_token_limit_says_so(provider):
    """`finish` is `length` when the reply ended for want of tokens, whatever the vendor calls it."""
    assert complete(ASKED, provider=provider)["finish"] == "length"


@pytest.mark.task(2)
@cassette("refused_key")
def test_a_refused_call_is_an_error_with_its_status():
    """A refused key ends in ProviderFailed, which names the status."""
    with pytest.raises(ProviderFailed, match="401"):
        complete(ASKED)


@pytest.mark.task(2)
@cassette("down")
def test_an_overloaded_provider_is_not_tried_for_ever(tape):
    """The SDK tries three times; retries around its retries would make nine."""
    with pytest.raises(ProviderFailed, match="529"):
        complete(ASKED, provider="anthropic")

    assert len(tape.calls) <= 3


# Task 3: the loop


@pytest.mark.task(3, needs=[1, 2])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(FIFTEEN, marks=cassette("fifteen_percent"), id="percent"),
        pytest.param(TRAIN, marks=cassette("train_speed"), id="train"),
        pytest.param(SHIRTS, marks=cassette("shirts"), id="shirts"),
    ],
)
def test_the_answer_is_the_result_of_the_final_step(question, tape):
    """Step after step until the model says that it is final; its result is the answer."""
    reply = solve(question)

    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]
    assert [s["thought"] for s in reply["steps"]] == [s.reply.json_text()["thought"] for s in tape.steps]


@pytest.mark.task(3, needs=[1, 2])
@cassette("compound_interest")
def test_every_call_carries_the_question_and_all_steps(tape):
    """The model remembers nothing: what the next step needs is in the next call."""
    reply = solve(INVEST)

    for number, call in enumerate(tape.calls):
        assert INVEST in call.text
        assert all(earlier["thought"] in call.text for earlier in reply["steps"][:number])


@pytest.mark.task(3, needs=[1, 2])
@cassette("fifteen_percent_claude")
def test_the_conversation_alternates_and_ends_with_the_user(tape):
    """User and model take turns, and the user comes last: Claude refuses to continue its own words."""
    solve(FIFTEEN, provider="anthropic")

    for call in tape.calls:
        roles = [message["role"] for message in call.body["messages"]]
        assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


@pytest.mark.task(3, needs=[1, 2])
@cassette("wrong_arithmetic")
def test_the_calculator_has_the_last_word(tape):
    """A calculate step holds the calculator's value, and the next call carries it."""
    reply = solve(FLOUR)

    wrong = [
        n for n, s in enumerate(tape.steps) if s.reply.json_text()["result"] != reply["steps"][n]["result"]
    ]
    assert wrong
    for number in wrong:
        value = calculate(reply["steps"][number]["action"])
        assert reply["steps"][number]["result"] == value
        assert value in tape.calls[number + 1].text


@pytest.mark.task(3, needs=[1, 2])
@cassette("bad_json")
def test_an_invalid_step_goes_back_with_its_error(tape):
    """The model sees what it said and what was wrong with it, and the run goes on."""
    reply = solve("What is 30% of 90?")

    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]
    assert len(list(invalid(tape.steps))) == 2
    for number, said in invalid(tape.steps):
        after = tape.calls[number + 1]
        assert said in after.text
        assert after.messages[-1]["role"] == "user"
        assert len(after.messages[-1]["content"]) > len("Next step.")
        assert said not in json.dumps(reply["steps"])


@pytest.mark.task(3, needs=[1, 2])
@cassette("unclear_arithmetic")
def test_arithmetic_that_the_calculator_refuses_is_asked_for_again(tape):
    """No calculate step passes unchecked: an action that cannot be evaluated is an invalid step."""
    reply = solve("A lamp costs $75 and is reduced by 20%. What is its price?")

    assert len(tape.calls) == len(tape.steps)
    assert tape.steps[0].reply.json_text()["action"] not in [s["action"] for s in reply["steps"]]


@pytest.mark.task(3, needs=[1, 2])
@cassette("truncated")
def test_a_truncated_reply_is_asked_for_again(tape):
    """Half a step is no step, even where its beginning could be read."""
    reply = solve("What is 35% of 120?")

    assert len(tape.calls) == len(tape.steps)
    assert len(reply["steps"]) == len(tape.steps) - 1


@pytest.mark.task(3, needs=[1, 2])
@cassette("hopeless")
def test_two_corrections_are_enough(tape):
    """Every correction costs a call: after two of them for one step the run ends without an answer."""
    with pytest.raises(NoAnswer):
        solve("What is 7% of 350?")

    assert len(tape.calls) == 3


@pytest.mark.task(3, needs=[1, 2])
@cassette("fifteen_percent")
def test_the_step_limit_ends_the_run(tape):
    """A model that never finishes must not run for ever: after `max_steps` there is no further call."""
    with pytest.raises(NoAnswer):
        solve(FIFTEEN, max_steps=2)

    assert len(tape.calls) == 2


@pytest.mark.task(3, needs=[1, 2])
@cassette("expensive")
def test_usage_and_cost_are_the_sum_of_all_calls(tape):
    """A call whose reply was no step is billed like any other."""
    reply = solve("What is 85% of 260?")

    assert reply["usage"] == asdict(tape.usage)
    assert Decimal(reply["cost_usd"]) == tape.cost
    assert reply["calls"] == len(tape.calls)


@pytest.mark.task(3, needs=[1, 2])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param("What is 55% of 20?", marks=cassette("flag_forgotten"), id="final, but asks for more"),
        pytest.param("What is 65% of 20?", marks=cassette("ends_with_a_check"), id="not called final"),
    ],
)
def test_either_sign_of_an_end_ends_the_run(question, tape):
    """A final_answer ends the run whatever its flag says, and so does a step that needs no next one."""
    reply = solve(question)

    assert len(tape.calls) == len(tape.steps)
    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]


@pytest.mark.task(3, needs=[1, 2])
@cassette("hopeless")
def test_every_call_is_told(tape):
    """`watch` hears of each reply with what was sent and what it cost, and of each reply that was no step."""
    heard = []

    with pytest.raises(NoAnswer):
        solve("What is 7% of 350?", watch=heard.append)

    calls = [event for event in heard if event["event"] == "call"]
    assert [event["messages"] for event in calls] == [call.messages for call in tape.calls]
    assert [event["reply"] for event in calls] == [call.reply.text for call in tape.calls]
    assert [event["usage"] for event in calls] == [asdict(call.reply.usage) for call in tape.calls]
    assert [e["asked_again"] for e in heard if e["event"] == "invalid"] == [True, True, False]


@pytest.mark.task(3, needs=[1, 2])
@cassette("fifteen_percent")
def test_steps_are_shown_when_they_come(tape):
    """`watch` gets each step before the next call is made."""
    shown = []

    def watch(event):
        if event["event"] == "step":
            shown.append((event["number"], event["action"], len(tape.calls)))

    reply = solve(FIFTEEN, watch=watch)

    assert shown == [(n, s["action"], n) for n, s in enumerate(reply["steps"], 1)]


@pytest.mark.task(3, needs=[1, 2])
@cassette("fifteen_percent_streamed")
def test_a_streamed_run_is_heard_while_it_speaks(tape):
    """With `stream` the pieces of each reply reach `watch`, and the steps are the same as without."""
    heard = []

    reply = solve(FIFTEEN, stream=True, watch=heard.append)

    pieces = [event["piece"] for event in heard if event["event"] == "text"]
    assert "".join(pieces) == "".join(s.reply.text for s in tape.steps)
    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]


@pytest.mark.task(3, needs=[1, 2])
@cassette("cut_stream")
def test_a_step_whose_stream_was_cut_is_asked_for_again(tape):
    """What came before the cut is shown but not kept, and its cost is reported as unknown."""
    heard = []

    reply = solve("What is 45% of 80?", stream=True, watch=heard.append)

    assert len(reply["steps"]) == len(tape.steps) - 1
    assert reply["uncounted"] == 1
    assert "".join(e["piece"] for e in heard if e["event"] == "text") == "".join(
        s.reply.text for s in tape.steps
    )


@pytest.mark.task(3, needs=[1, 2])
@cassette("rate_limited")
def test_a_rate_limited_call_is_repeated(tape):
    """A 429 costs time, not the answer."""
    reply = solve("What is 25% of 64?")

    assert tape.calls[0].reply.status == 429
    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]


@pytest.mark.task(3, needs=[1, 2])
@cassette("overloaded")
def test_an_overloaded_claude_is_asked_again(tape):
    """529 is Anthropic's word for "later"."""
    reply = solve("What is 40% of 55?", provider="anthropic")

    assert tape.calls[0].reply.status == 529
    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]


# Task 4: the memory


@pytest.mark.task(4)
def test_only_old_steps_fold_and_into_one_message():
    """Six steps are sent whole; however long the chain grows, what is sent stays as short as after seven."""
    six, seven, many = (history(FIFTEEN, [step(n) for n in range(101, end)]) for end in (107, 108, 140))

    assert all(f"thought-{n}" in json.dumps(six) for n in range(101, 107))
    assert len(many) == len(seven) < len(six)
    assert "thought-101" not in json.dumps(many)
    assert all(f"thought-{n}" in json.dumps(many[-4:]) for n in (138, 139))


@pytest.mark.task(4)
def test_the_summary_keeps_every_result():
    """A result that the summary drops has to be computed again, or is invented."""
    steps = [step(n, result=f"7{n}.25") for n in range(101, 115)]

    sent = json.dumps(history(FIFTEEN, steps))

    assert [s["result"] for s in steps if s["result"] not in sent] == []


@pytest.mark.task(4)
def test_rules_and_question_stay_where_they_are():
    """The system prompt and the question are never folded: without them the model solves something else."""
    short, long = history(FIFTEEN, []), history(FIFTEEN, [step(n) for n in range(101, 120)])

    assert long[:2] == short[:2]
    assert FIFTEEN in short[1]["content"]


@pytest.mark.task(4)
def test_a_folded_conversation_still_alternates():
    """Rules, then user and model in turns, the user last."""
    roles = [message["role"] for message in history(FIFTEEN, [step(n) for n in range(101, 111)])]

    assert roles == ["system", *["user", "assistant"] * (len(roles) // 2 - 1), "user"]


@pytest.mark.task(4, needs=[3])
@cassette("week_at_the_bakery")
def test_a_long_chain_is_sent_short(tape):
    """From the eighth call on, old steps travel as results only, and the answer comes all the same."""
    reply = solve(BAKERY)

    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]
    assert max(len(call.messages) for call in tape.calls[7:]) < len(tape.calls[6].messages)
    assert all(BAKERY in call.text for call in tape.calls)
    assert all(s["result"] in tape.calls[-1].text for s in reply["steps"][:-1])


# Task 5: the budget


@pytest.mark.task(5, needs=[3])
@cassette("fifteen_percent")
def test_a_call_that_may_cost_too_much_is_not_made(tape):
    """The worst case is reserved before the call: half of what one call costs pays for none."""
    with pytest.raises(OverBudget):
        solve(FIFTEEN, budget=str(cost(tape.steps[0].reply.usage, model("fast")) / 2))

    assert tape.calls == []


@pytest.mark.task(5, needs=[3])
@cassette("expensive")
def test_the_budget_is_never_exceeded(tape):
    """Every call counts, also one whose reply was no step, and the call that might not fit is not made."""
    first = cost(tape.steps[0].reply.usage, model("fast"))
    budget = first * Decimal("2.6")

    with pytest.raises(OverBudget):
        solve("What is 85% of 260?", budget=str(budget))

    assert 0 < tape.cost <= budget
    assert len(tape.calls) == 2


@pytest.mark.task(5, needs=[3])
@cassette("week_at_the_bakery")
def test_what_a_call_did_not_cost_comes_back(tape):
    """A reservation is replaced by the real cost, so that a cautious budget still pays for a long chain."""
    reply = solve(BAKERY, budget=str(ROOMY))

    assert reply["answer"]
    assert Decimal(reply["cost_usd"]) == tape.cost < ROOMY


@pytest.mark.task(5, needs=[3])
@cassette("fifteen_percent")
def test_an_unknown_price_fits_no_budget(tape):
    """Unknown is not zero: a budget that cannot be checked refuses the call."""
    with pytest.raises(OverBudget):
        solve(FIFTEEN, model_id="somebodys-model-1", budget="100")

    assert tape.calls == []


# Task 6: the command line


@pytest.mark.task(6, needs=[3])
@cassette("fifteen_percent")
def test_an_answer_is_printed_after_its_steps(tape):
    """The output shows every step, then the tokens; the exit code is 0 and nothing is an error."""
    code, out, errors = run(FIFTEEN)

    assert (code, errors) == (0, "")
    places = [out.index(s.reply.json_text()["thought"][:40]) for s in tape.steps]
    assert places == sorted(places)
    assert f"{tape.usage.input_tokens:,}" in out


@pytest.mark.task(6, needs=[3])
@cassette("fifteen_percent")
def test_json_is_one_object_and_nothing_else(tape):
    """With --json a program reads the output: answer, steps, usage, cost and exit code in one object."""
    code, out, _ = run(FIFTEEN, "--json")
    told = json.loads(out)

    assert (code, told["exit_code"], told["error"]) == (0, 0, None)
    assert told["answer"] == tape.steps[-1].reply.json_text()["result"]
    assert told["usage"] == asdict(tape.usage)
    assert Decimal(told["cost_usd"]) == tape.cost


@pytest.mark.task(6, needs=[3])
@pytest.mark.parametrize(
    "argv",
    [
        pytest.param([], id="no question"),
        pytest.param(["  "], id="empty question"),
        pytest.param(["x" * 100_000], id="100,000 characters"),
        pytest.param([FIFTEEN, "--max-steps", "0"], id="no steps"),
        pytest.param([FIFTEEN, "--budget", "-1"], id="negative budget"),
        pytest.param([FIFTEEN, "--base-url", "localhost"], id="no address"),
        pytest.param([FIFTEEN, "--speed", "9"], id="unknown option"),
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_sent(argv, tape):
    """Exit code 2, the reason as an error, no output, no call."""
    code, out, errors = run(*argv)

    assert (code, out) == (2, "")
    assert errors.strip()
    assert tape.calls == []


@pytest.mark.task(6, needs=[3])
@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        pytest.param(["What is 5% of 500?"], 4, marks=cassette("refused_key"), id="refused key"),
        pytest.param(["What is 7% of 350?"], 5, marks=cassette("hopeless"), id="invalid steps"),
        pytest.param([FIFTEEN, "--max-steps", "2"], 5, marks=cassette("fifteen_percent"), id="step limit"),
        pytest.param([FIFTEEN, "--budget", "0.00001"], 6, marks=cassette("fifteen_percent"), id="budget"),
    ],
)
def test_every_ending_has_its_exit_code(argv, expected):
    """A script that calls `cot` must be able to tell why there is no answer."""
    code, _, errors = run(*argv)

    assert code == expected
    assert errors.strip()


@pytest.mark.task(6, needs=[3])
def test_help_is_no_error():
    """`--help` prints the command line and ends with 0; what follows it is not asked."""
    assert run("--help", FIFTEEN)[0] == 0


@pytest.mark.task(6, needs=[3])
@cassette("fails_midway")
def test_a_failure_reports_what_was_done_and_spent(tape):
    """No answer is no excuse for losing the bill: steps, usage and cost so far are in the report."""
    code, out, _ = run("What is 12% of 150?", "--json")
    told = json.loads(out)

    assert (code, told["exit_code"], told["answer"]) == (4, 4, None)
    assert told["error"]
    assert len(told["steps"]) == 1
    assert told["usage"] == asdict(tape.usage)
    assert Decimal(told["cost_usd"]) == tape.cost
