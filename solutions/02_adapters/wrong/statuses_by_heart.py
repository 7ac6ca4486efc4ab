"""Lists the statuses it has met; the next 5xx counts as our fault, and a key that may not do this as well."""

CAUGHT_BY = ["test_every_failure_has_its_name[520]", "test_every_failure_has_its_name[403]"]
HINT = 6

class_of_all = error_of


def error_of(status: int | None, timed_out: bool) -> type[ProviderError]:
    known = status in (None, 401, 408, 429, 500, 502, 503, 504, 529)
    return class_of_all(status, timed_out) if known else BadRequest
