"""Filters, and sends the payload all the same."""

CAUGHT_BY = ["test_the_raw_payload_stays_here"]
HINT = 5


async def fetch(state: State) -> State:
    payload = await state["job"][3](state["job"][2])
    found = compact(payload)
    hits = "Hits:\n" + shown(found["hits"]) + "\n" + payload
    return {"shared": [desk.HANDBOOK, hits], "saved": found["saved"]}
