"""Knows 500 and 503 and not 529, which is Anthropic's word for overloaded and no standard status."""

CAUGHT_BY = ["test_trouble_of_the_provider_goes_to_the_next[overloaded]"]
HINT = 6

class_of = error_of


def error_of(status: int | None, timed_out: bool) -> type[ProviderError]:
    return BadRequest if status == 529 else class_of(status, timed_out)
