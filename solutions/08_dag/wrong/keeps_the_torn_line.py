"""Appends to what a kill left: two half rows become one whole."""

CAUGHT_BY = ["test_a_torn_line_is_run_again"]
HINT = 6


def resumed(path: str) -> list[Row]:
    Path(path).touch()
    data, head = Path(path).read_bytes(), desk.HEADER.encode()
    if not (data.startswith(head) or head.startswith(data)):
        raise WrongFile(f"{path} holds something else: its first line is {data[:60]!r}.")
    whole = data[: data.rfind(b"\n") + 1]
    if not whole:
        os.truncate(path, 0)
    if not whole:
        Path(path).write_bytes(head)
    return desk.rows_of(whole.decode())
