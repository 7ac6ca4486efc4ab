"""Grades 04_cot: chain of thought as an orchestrator."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from itertools import pairwise
from random import randint

import pytest
from cot import (
    CorrectionFailed,
    CutStream,
    InvalidStep,
    StepLimit,
    answer,
    ask,
    create_app,
    next_step,
    parse_step,
    read_steps,
    solve,
    stream_steps,
)

from grader.contract.visit import visit

# JSON mode and a JSON schema are both fine: one check asks which of them was sent, the others take either.
cassette = partial(pytest.mark.cassette, ignore=["format"])

FIFTEEN = "What is 15% of 240?"
TRAIN = "A train goes 60 mph for 2.5 hours, then 80 mph for 1.5 hours. What is its average speed?"
DECIMALS = "Is 9.11 greater than 9.8?"
REFUND = (
    "Order ORD-12345 was bought on 2024-01-15 and found defective; the refund was asked for on 2024-03-20. "
    "Defective products may be returned within 90 days. Approve or deny?"
)
TENTH = "What is 10% of 70?"
FRANCE = "What is the capital of France?"


def step(**changes):
    """A valid step with a fresh number in it."""
    n = randint(1000, 9999)
    valid = {"step_type": "calculate", "thought": f"{{half}} of {2 * n}", "action": f"{2 * n} / 2",
             "result": str(n), "next_step_needed": True}  # fmt: skip
    return valid | changes


def asking(question):
    """A conversation of one question."""
    return [{"role": "user", "content": f"{question} Reply with one step as JSON."}]


def told(call):
    """What the model had said before this call, as far as the call tells."""
    return [message["content"] for message in call.messages if message["role"] == "assistant"]


def meant(words):
    """Words as the JSON that they are, because its spacing is nobody's business; else the words."""
    try:
        return json.loads(words)
    except ValueError:
        return words


def lines(text):
    """The steps in a streamed text, one per line."""
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def refusal(text):
    """What `parse_step` says about a text that is no step."""
    with pytest.raises(InvalidStep) as error:
        parse_step(text)
    return str(error.value)


def finished(tape):
    """The steps on the lines that a cut stream did finish."""
    return lines(tape.steps[0].reply.text.rpartition("\n")[0])


@pytest.mark.task(1)
@pytest.mark.parametrize("kind", ["analyze", "calculate", "verify", "final_answer"])
def test_a_valid_step_is_read(kind):
    """A step comes back with all of its fields."""
    sent = step(step_type=kind, next_step_needed=kind != "final_answer")

    assert parse_step(json.dumps(sent)) == sent


@pytest.mark.task(1)
@pytest.mark.parametrize(
    "text", ["36", "Sure!", '{"step_type": "ver', "```json\nSTEP\n```", "Sure! STEP", "STEP\nSTEP", "[STEP]"]
)
def test_what_is_no_json_object_is_refused(text):
    """Text that is not one JSON object raises InvalidStep: nothing is dug out of a fence or of prose."""
    with pytest.raises(InvalidStep):
        parse_step(text.replace("STEP", json.dumps(step())))


@pytest.mark.task(1)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step_type", "conclusion"),
        ("step_type", "Verify"),
        ("step_type", "final"),
        ("result", 36),
        ("action", None),
        ("next_step_needed", "yes"),
        ("confidence", 0.9),
    ],
)
def test_a_wrong_field_is_named(field, value):
    """JSON that is not a step raises InvalidStep, naming every wrong field, the missing ones too."""
    sent = step(**{field: value})
    assert field in refusal(json.dumps(sent))

    del sent["thought"]
    both = refusal(json.dumps(sent))
    assert field in both
    assert "thought" in both


@pytest.mark.task(2)
@cassette("first_step")
def test_says_what_was_said_and_spent(tape):
    """A reply holds the model's words, unchanged, and the tokens of the call."""
    said, spent = ask(asking(FIFTEEN))

    assert said == tape.steps[0].reply.text
    assert spent["input_tokens"] == tape.steps[0].reply.usage.input_tokens
    assert spent["output_tokens"] == tape.steps[0].reply.usage.output_tokens


@pytest.mark.task(2)
@cassette("first_step")
def test_asks_for_json(tape):
    """The call demands JSON (response_format): asking for it in the prompt is a wish, not a guarantee."""
    ask(asking(FIFTEEN))

    assert tape.calls[0].facts.format in ("json_object", "json_schema")


@pytest.mark.task(2)
@cassette("first_step")
def test_asks_the_tiers_model_without_a_temperature(tape):
    """The model comes from models.toml by its tier, and no temperature is sent: current models refuse it."""
    ask(asking(FIFTEEN))

    assert tape.calls[0].tier == "balanced"
    assert tape.calls[0].facts.temperature == "unset"


@pytest.mark.task(2)
@cassette("rate_limited")
def test_survives_a_rate_limit(tape):
    """A 429 is not an answer: the SDK asks again, unless its retries were switched off."""
    said, _ = ask(asking(FIFTEEN))

    assert len(tape.calls) == 2
    assert said == tape.steps[-1].reply.text


@pytest.mark.task(3, needs=[1, 2])
@cassette("broken_json")
def test_a_bad_step_goes_back_with_its_error(tape):
    """The model sees what it said and what is wrong with it: asking the same again teaches it nothing."""
    next_step(asking("What is 20% of 150?"))

    bad = tape.calls[0].reply.text
    assert told(tape.calls[1]) == [bad]
    assert refusal(bad) in tape.calls[1].messages[-1]["content"]
    assert "20% of 150" in tape.calls[1].text


@pytest.mark.task(3, needs=[1, 2])
@cassette("broken_json")
def test_the_corrected_step_comes_without_the_mistake(tape):
    """Step and words are those of the last reply, and the caller's messages hold nothing of the mistake."""
    messages = asking("What is 20% of 150?")
    found, said, _ = next_step(messages)

    assert found == tape.steps[-1].reply.json_text()
    assert said == tape.steps[-1].reply.text
    assert messages == asking("What is 20% of 150?")


@pytest.mark.task(3, needs=[1, 2])
@cassette("broken_json")
def test_bad_calls_are_paid_for(tape):
    """The usage covers the calls that brought no valid step: the provider bills them too."""
    _, _, spent = next_step(asking("What is 20% of 150?"))

    assert spent["input_tokens"] == tape.usage.input_tokens
    assert spent["output_tokens"] == tape.usage.output_tokens


@pytest.mark.task(3, needs=[1, 2])
@cassette("never_valid")
@pytest.mark.parametrize("allowed", [{}, {"corrections": 1}, {"corrections": 0}], ids=["two", "one", "none"])
def test_gives_up_after_the_corrections_allowed(tape, allowed):
    """One call and the corrections allowed (two by default), each with the latest error; all are counted."""
    refusals = [refusal(recorded.reply.text) for recorded in tape.steps]

    with pytest.raises(CorrectionFailed) as error:
        next_step(asking("What is an eighth of 1000?"), **allowed)

    assert len(tape.calls) == 1 + allowed.get("corrections", 2)
    assert str(tape.usage.total_tokens) in str(error.value)
    for words, call in zip(refusals, tape.calls[1:], strict=False):
        assert words in call.messages[-1]["content"]


@pytest.mark.task(4, needs=[1, 2, 3])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(FIFTEEN, marks=cassette("fifteen_percent"), id="percent"),
        pytest.param(TRAIN, marks=cassette("train"), id="train"),
        pytest.param(DECIMALS, marks=cassette("nine_eleven"), id="decimals"),
        pytest.param(REFUND, marks=cassette("refund"), id="refund"),
    ],
)
def test_answers_with_the_result_of_the_final_step(tape, question):
    """The chain ends with the first final answer, whose result is the answer; every step is kept."""
    reply = solve(question)

    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]
    assert reply["steps"] == [recorded.reply.json_text() for recorded in tape.steps]


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("train")
def test_history_grows_by_what_the_model_said(tape):
    """Each call sends all earlier steps, as the assistant's words: the model remembers nothing by itself."""
    solve(TRAIN)

    replies = [call.reply.json_text() for call in tape.calls]
    for number, call in enumerate(tape.calls):
        assert [meant(words) for words in told(call)] == replies[:number]


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("fifteen_percent")
def test_every_call_carries_the_question(tape):
    """Each call sends the question again, in the user's role; the system role is for your own words."""
    solve(FIFTEEN)

    for call in tape.calls:
        assert {message["role"] for message in call.messages if FIFTEEN in message["content"]} == {"user"}
        assert {message["role"] for message in call.messages} <= {"system", "user", "assistant"}
        assert all(message["content"] for message in call.messages)


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("train")
def test_usage_is_the_sum_over_the_calls(tape):
    """The usage adds up all calls: every step pays for the whole history again."""
    reply = solve(TRAIN)

    assert reply["usage"]["input_tokens"] == tape.usage.input_tokens
    assert reply["usage"]["output_tokens"] == tape.usage.output_tokens


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("one_step")
def test_the_last_step_allowed_may_be_the_answer(tape):
    """With a limit of one step, a first step that is the final answer is the answer, and no error."""
    reply = solve("How many sides has a triangle?", max_steps=1)

    assert reply["answer"] == tape.steps[0].reply.json_text()["result"]


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("endless")
@pytest.mark.parametrize("allowed", [{}, {"max_steps": 4}], ids=["eight", "four"])
def test_stops_at_the_step_limit(tape, allowed):
    """An endless chain costs `max_steps` calls, eight if nobody says, then StepLimit, naming the tokens."""
    with pytest.raises(StepLimit) as error:
        solve("Which is the largest prime number?", **allowed)

    assert len(tape.calls) == allowed.get("max_steps", 8)
    assert str(tape.usage.total_tokens) in str(error.value)


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("wrong_schema")
def test_the_chain_goes_on_with_the_corrected_step(tape):
    """A corrected step takes the place of the bad one, in the steps as in the history; both are paid for."""
    reply = solve("How many eggs are seven dozen?")

    first, _, corrected, last = (recorded.reply.json_text() for recorded in tape.steps)
    assert reply["steps"] == [first, corrected, last]
    assert [meant(words) for words in told(tape.calls[-1])] == [first, corrected]
    assert refusal(tape.steps[1].reply.text) not in tape.calls[-1].text
    assert reply["usage"]["input_tokens"] == tape.usage.input_tokens
    assert reply["usage"]["output_tokens"] == tape.usage.output_tokens


@pytest.mark.task(4, needs=[1, 2, 3])
@cassette("never_valid")
def test_a_step_that_stays_wrong_ends_the_chain(tape):
    """CorrectionFailed, after both corrections of a step, ends the chain: there is nothing to go on with."""
    with pytest.raises(CorrectionFailed):
        solve("What is an eighth of 1000?")

    assert len(tape.calls) == 3


@pytest.mark.task(5, needs=[1])
def test_any_cut_gives_the_same_steps():
    """A stream may be cut anywhere: in a word, in an escape, between two steps."""
    final = step(step_type="final_answer", next_step_needed=False)
    steps = [step(thought='two\nlines, a "quote" and {braces}'), final, step()]
    text = "\n".join(map(json.dumps, steps))

    for cut in range(len(text) + 1):
        early, rest = read_steps(text[:cut])
        late, rest = read_steps(rest + text[cut:], ended=True)
        assert early + late == steps
        assert rest == ""


@pytest.mark.task(5, needs=[1])
def test_finished_lines_are_read_at_once():
    """All steps whose line is finished come out of one piece, and the unfinished line stays for the next."""
    steps = [step(), step()]

    found, rest = read_steps("\n".join(map(json.dumps, steps)) + '\n{"step_type": "ver')

    assert found == steps
    assert rest == '{"step_type": "ver'


@pytest.mark.task(5, needs=[1])
def test_the_last_line_needs_no_newline():
    """At the end of the stream, and not before, the rest is a step too: more often than not, the answer."""
    last = step(step_type="final_answer", next_step_needed=False)

    assert read_steps(json.dumps(last)) == [[], json.dumps(last)]
    assert read_steps(json.dumps(last), ended=True) == [[last], ""]


@pytest.mark.task(5, needs=[1])
def test_blank_lines_are_no_steps():
    """Empty lines and carriage returns around steps are skipped, at the end of the stream as before it."""
    steps = [step(), step()]
    text = "\r\n" + "\r\n\r\n".join(map(json.dumps, steps)) + "\n \n"

    assert read_steps(text)[0] == steps
    for end in ("", " ", "\r"):
        assert read_steps(text + end, ended=True) == [steps, ""]


@pytest.mark.task(5, needs=[1])
@pytest.mark.parametrize("line", ["Sure!", "```json", '{"answer": "36"}'], ids=["prose", "fence", "object"])
def test_a_finished_line_that_is_no_step_is_refused(line):
    """A finished line that is not a step raises InvalidStep: what follows does not mend it."""
    with pytest.raises(InvalidStep):
        read_steps(f"{line}\n{json.dumps(step())}\n")


@pytest.mark.task(5, needs=[1])
def test_half_a_step_at_the_end_is_refused():
    """When the stream has ended, nothing will finish the last line: half a step raises InvalidStep."""
    with pytest.raises(InvalidStep):
        read_steps(json.dumps(step())[:-9], ended=True)


@pytest.mark.task(5, needs=[1])
def test_only_a_newline_ends_a_line():
    """JSON may hold other separators as they are (U+2028, U+0085): a line ends at a newline alone."""
    odd = step(thought="one\u2028two\u0085three")

    assert read_steps(json.dumps(odd, ensure_ascii=False) + "\n") == [[odd], ""]


@pytest.mark.task(6, needs=[5])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(TRAIN, marks=cassette("streamed"), id="letters"),
        pytest.param(TRAIN, marks=cassette("streamed_at_once"), id="several_steps"),
    ],
)
async def test_streams_the_steps_of_one_call(tape, question):
    """One streamed call of the question brings all steps, whether a piece holds letters or several steps."""
    found = [found async for found in stream_steps(question)]

    assert found == lines(tape.steps[0].reply.text)
    assert [call.tier for call in tape.calls] == ["balanced"]
    assert question in tape.calls[0].text


@pytest.mark.task(6, needs=[5])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(TRAIN, marks=cassette("stream_cut"), id="quietly"),
        pytest.param(TRAIN, marks=cassette("stream_broken"), id="loudly"),
        pytest.param(TRAIN, marks=cassette("stream_at_its_limit"), id="at_its_limit"),
    ],
)
async def test_a_cut_stream_is_not_an_answer(tape, question):
    """A stream that ends before the model says `stop` brings its finished steps, then CutStream."""
    steps, found = stream_steps(question), []
    with pytest.raises(CutStream):
        found.extend([found.append(step) async for step in steps])

    assert found == finished(tape)


@pytest.mark.task(6, needs=[5])
@cassette("stream_undecided")
async def test_a_stop_without_a_final_answer_is_not_an_answer(tape):
    """A model may say `stop` in the middle of its thoughts: its steps come, then CutStream."""
    steps, found = stream_steps(TRAIN), []
    with pytest.raises(CutStream):
        found.extend([found.append(step) async for step in steps])

    assert found == lines(tape.steps[0].reply.text)


@pytest.mark.task(6, needs=[5])
@cassette("streamed")
async def test_closing_the_steps_closes_the_call(tape):
    """Whoever stops reading stops paying: closing the generator closes the call behind it."""
    steps = stream_steps(TRAIN)
    first = await anext(steps)
    await steps.aclose()

    assert first == lines(tape.steps[0].reply.text)[0]
    assert tape.calls[0].cancelled


@pytest.mark.task(6, needs=[5])
@cassette("streamed_twice")
async def test_two_streams_run_at_once(tape):
    """While one reader's model thinks, the next one's call is already under way: nothing blocks the loop."""

    async def read():
        return [found async for found in stream_steps(TRAIN)]

    both = await asyncio.gather(read(), read())

    assert both[0] == both[1] == lines(tape.steps[0].reply.text)
    assert tape.peak == 2


@pytest.mark.task(7, needs=[5, 6])
@cassette("streamed")
async def test_thinks_aloud_then_completes(tape):
    """A `thinking` event per step, its data the step as JSON, then one `complete` event with the answer."""
    longest = TRAIN.ljust(500, "?")
    seen = await visit(create_app(), "/solve", question=longest)

    steps = lines(tape.steps[0].reply.text)
    assert longest in tape.calls[0].text
    assert seen.headers["content-type"].startswith("text/event-stream")
    assert seen.names == ["thinking"] * len(steps) + ["complete"]
    assert seen.data[:-1] == steps
    assert seen.data[-1]["answer"] == steps[-1]["result"]


@pytest.mark.task(7, needs=[5, 6])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(TRAIN, marks=cassette("stream_broken"), id="connection"),
        pytest.param(TRAIN, marks=cassette("stream_rambling"), id="no_step"),
        pytest.param(TRAIN, marks=cassette("stream_overloaded"), id="provider"),
    ],
)
async def test_a_late_failure_is_an_event(tape, question):
    """Once the status is sent, any failure can only be told by an `error` event; nothing is complete then."""
    seen = await visit(create_app(), "/solve", question=question)

    steps = finished(tape)
    assert seen.status == 200
    assert seen.names == ["thinking"] * len(steps) + ["error"]
    assert seen.data[-1]["error"]


@pytest.mark.task(7, needs=[5, 6])
@cassette("stream_silent", repeats="any")
async def test_a_silent_model_is_a_504(tape):
    """A model that does not begin within `patience` is a gateway time-out, and its call is closed."""
    seen = await visit(create_app(patience=0.05), "/solve", question=TRAIN)

    assert seen.status == 504
    assert all(call.cancelled or call.error for call in tape.calls)


@pytest.mark.task(7, needs=[5, 6])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(TRAIN, marks=cassette("stream_broken_early"), id="connection"),
        pytest.param(TRAIN, marks=cassette("stream_of_prose"), id="no_step"),
        pytest.param(TRAIN, marks=cassette("stream_refused"), id="provider"),
    ],
)
async def test_an_early_failure_is_a_502(question):
    """Any call that fails before its first step is told by the status, while there still is one to choose."""
    seen = await visit(create_app(), "/solve", question=question)

    assert seen.status == 502


@pytest.mark.task(7, needs=[5, 6])
@cassette("streamed", scale=0.1)
async def test_leaving_closes_the_call(tape):
    """When the visitor leaves, the call behind the page is closed: nobody reads on, somebody would pay."""
    seen = await visit(create_app(), "/solve", question=TRAIN, leave_after=1)

    assert seen.data == lines(tape.steps[0].reply.text)[:1]
    assert tape.calls[0].cancelled


@pytest.mark.task(7, needs=[5, 6])
@pytest.mark.parametrize("question", ["", "   ", "?" * 501], ids=["empty", "blank", "endless"])
async def test_a_question_that_is_none_is_a_422(question):
    """An empty question, or one of more than 500 characters, is refused before any model is asked."""
    seen = await visit(create_app(), "/solve", question=question)

    assert seen.status == 422


@pytest.mark.task(8, needs=[2])
@cassette("simple")
def test_a_simple_question_skips_the_chain(tape):
    """What the fast tier calls SIMPLE takes one more call to the fast tier, whose words are the answer."""
    reply = answer(FRANCE)

    assert [call.tier for call in tape.calls] == ["fast", "fast"]
    assert all(FRANCE in call.text for call in tape.calls)
    assert reply["answer"] == tape.steps[-1].reply.text
    assert reply["steps"] == []


@pytest.mark.task(8, needs=[1, 2, 3, 4])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(TENTH, marks=cassette("routed_to_the_chain"), id="complex"),
        pytest.param(TENTH, marks=cassette("unsure"), id="free_text"),
        pytest.param(TENTH, marks=cassette("denied"), id="not_simple"),
        pytest.param(TENTH, marks=cassette("speechless"), id="nothing"),
    ],
)
def test_anything_but_simple_takes_the_chain(tape, question):
    """COMPLEX takes the chain, and so does every label outside the set: free text is not trusted."""
    reply = answer(question)

    assert reply["answer"] == tape.steps[-1].reply.json_text()["result"]
    assert len(reply["steps"]) == len(tape.calls) - 1
    assert all(question in call.text for call in tape.calls)


@pytest.mark.task(8, needs=[1, 2, 3, 4])
@pytest.mark.parametrize(
    "question",
    [
        pytest.param(FRANCE, marks=cassette("simple"), id="simple"),
        pytest.param(TENTH, marks=cassette("routed_to_the_chain"), id="complex"),
    ],
)
def test_the_classification_is_paid_for(tape, question):
    """The usage holds all calls, the one that chose the route too, whichever route it was."""
    reply = answer(question)

    assert reply["usage"]["input_tokens"] == tape.usage.input_tokens
    assert reply["usage"]["output_tokens"] == tape.usage.output_tokens
