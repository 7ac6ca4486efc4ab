"""Merges the answers as they come in: who was late answers the last part."""

CAUGHT_BY = ["test_answers_are_merged_in_the_order_of_the_parts[late]"]
HINT = 5


def arriving(step):
    async def work(state: State) -> State:
        new = await step(state)
        found = arrived.setdefault(id(state["parts"]), [])
        return {
            **new,
            "answers": [(len(found), found.append(text) or text) for _, text in new.get("answers", [])],
        }

    return work


def in_line(step):
    async def merge(state: State) -> State:
        texts = dict(enumerate(arrived.pop(id(state["parts"]), []), 1))
        return await step({**state, "answers": [*texts.items()]})

    return merge


arrived: dict[int, list[str]] = {}
work, merge = arriving(work), in_line(merge)
