"""Prints the steps in front of the JSON, which no program can read then."""

CAUGHT_BY = ["test_json_is_one_object_and_nothing_else"]
HINT = 6


silent = watching


@__import__("contextlib").contextmanager
def watching(args: Any, write: Any) -> Iterator[Watch]:
    with silent(args, write) as watch:
        yield lambda event: (write(f"{event['event']}\n"), watch(event))
