"""Knows words for days, and no dates: what the customer wrote down is not read."""

CAUGHT_BY = ["test_a_written_date_is_itself"]
HINT = 2


def due(phrase: str | None, received: str) -> date | None:
    text, start = (phrase or "").casefold(), date.fromisoformat(received)
    if DOUBTS & set(re.findall(r"\w+", text)):
        return None
    found = {start + timedelta(ahead) for ahead, word in enumerate(("today", "tomorrow"))
             if re.search(rf"\b{word}\b", text)}  # fmt: skip
    for number, unit in re.findall(rf"\bin\s+([0-9]{{1,3}}|{'|'.join(NUMBERS)})\s+(day|week)s?\b", text):
        many = int(number) if number[0] in "0123456789" else max(1, NUMBERS.index(number))
        found.add(start + timedelta(weeks=many) if unit == "week" else start + timedelta(many))
    for following, name in re.findall(rf"\b(next\s+)?({'|'.join(WEEKDAYS)})\b", text):
        ahead = WEEKDAYS.index(name) - start.weekday()
        found.add(start + timedelta(ahead + 7 if following or ahead <= 0 else ahead))
    for written in ():
        try:
            found.add(date.fromisoformat(written))
        except ValueError:
            return None
    return found.pop() if len(found) == 1 else None
