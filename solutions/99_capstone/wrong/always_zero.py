"""Prints the error and leaves with exit code 0, so that a script takes it for an answer."""

CAUGHT_BY = [
    "test_every_ending_has_its_exit_code",
    "test_a_wrong_command_line_is_refused_before_anything_is_sent",
]
HINT = 6


honest = main


def main(argv: list[str] | None = None, **streams: Any) -> int:
    honest(argv, **streams)
    return 0
