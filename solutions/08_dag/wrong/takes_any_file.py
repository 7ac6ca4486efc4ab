"""Begins anew where the header is another one: somebody's results are gone."""

CAUGHT_BY = ["test_another_file_is_refused"]
HINT = 6


def resumed(path: str) -> list[Row]:
    Path(path).touch()
    data, head = Path(path).read_bytes(), desk.HEADER.encode()
    if not (data.startswith(head) or head.startswith(data)):
        data = b""
    whole = data[: data.rfind(b"\n") + 1]
    os.truncate(path, len(whole))
    if not whole:
        Path(path).write_bytes(head)
    return desk.rows_of(whole.decode())
