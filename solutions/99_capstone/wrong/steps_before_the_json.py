"""Prints the steps in front of the JSON, which no program can read then."""

from contextlib import contextmanager

CAUGHT_BY = ["test_json_is_one_object_and_nothing_else"]
HINT = 6

silent = watching


@contextmanager
def watching(args: Any, write: Any) -> Any:
    with silent(args, write) as watch:

        def aloud(event: dict[str, Any]) -> None:
            write(f"{event['event']}\n")
            watch(event)

        yield aloud
