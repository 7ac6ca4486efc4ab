"""Goes on without hits when the search is broken: five calls about nothing."""

CAUGHT_BY = ["test_without_hits_nothing_is_asked"]
HINT = 5


async def fetch(state: State) -> State:
    try:
        found = compact(await state["job"][3](state["job"][2]))
    except BadPayload:
        found = {"hits": [], "saved": 0}
    return {"shared": [desk.HANDBOOK, "Hits:\n" + shown(found["hits"])], "saved": found["saved"]}
