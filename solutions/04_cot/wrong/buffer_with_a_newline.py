"""Loads the whole buffer as soon as it holds a newline, as if a piece never held more than one line."""

CAUGHT_BY = ["test_finished_lines_are_read_at_once", "test_any_cut_gives_the_same_steps"]
HINT = 5


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    if "\n" in text or (ended and text):
        try:
            return [parse_step(text.strip())], ""
        except InvalidStep:
            pass
    return [], text
