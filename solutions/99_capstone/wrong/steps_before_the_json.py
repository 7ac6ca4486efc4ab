"""Prints the steps in front of the JSON, which no program can read then."""

CAUGHT_BY = ["test_json_is_one_object_and_nothing_else"]
HINT = 6


silent = solve


def solve(question: str, *, watch: Watch = lambda _: None, **settings: Any) -> Run:
    def aloud(event: dict[str, Any]) -> None:
        to_stdout(event["event"])
        watch(event)

    return silent(question, watch=aloud, **settings)


quiet = main


def main(argv: list[str] | None = None, *, write: Any = to_stdout, **streams: Any) -> int:
    global to_stdout
    to_stdout = write
    return quiet(argv, write=write, **streams)
