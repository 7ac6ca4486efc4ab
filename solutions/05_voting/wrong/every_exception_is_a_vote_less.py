"""Catches every exception around a call; a fault in the code looks like seven calls that failed."""

CAUGHT_BY = ["test_a_fault_of_ours_is_no_failed_call"]
HINT = 2

_cast = cast


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    try:
        return await _cast(question, labels, provider, weighted)
    except Exception:
        return None
