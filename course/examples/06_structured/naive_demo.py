"""What the naive code makes of messy replies: python course/examples/06_structured/naive_demo.py"""

from __future__ import annotations

from pathlib import Path

from mails import Case, cases
from naive import handle, ticket
from openai import OpenAI
from pipeline import structured
from replies import Replies

from grader.letters import opened
from grader.provider.serve import running

# Kind of reply -> the field to look at, None for all of them.
SHOWN = {
    "fenced": None,
    "trailing comma": None,
    "refusal": None,
    "wrong enum": "category",
    "missing field": "urgency",
    "order as number": "order",
    "invented order": "order",
    "date computed": "wanted_by",
}


def told(client: OpenAI, case: Case, field: str | None) -> str:
    """What became of the mail, in a few words."""
    try:
        found = ticket(client, case.mail)
    except (TypeError, ValueError) as error:
        return f"{type(error).__name__}, and nothing is kept"
    if field is None:
        return "a ticket"
    said = f"{field} is {found.get(field, 'missing')!r}; the mail has {case.truth[field]!r}"
    if field == "wanted_by":
        said += f", which is {structured.due(case.truth[field], case.mail['received'])}"
    return said


def killed(client: OpenAI, case: Case, path: Path) -> int:
    """How many tickets arrive when the process dies between delivery and commit, and begins again."""
    arrived: list[dict[str, object]] = []
    with opened(str(path)) as store:
        names = ", ".join(f":{name}" for name in case.mail)
        store.execute(f"INSERT INTO mail ({', '.join(case.mail)}) VALUES ({names})", case.mail)
        store.commit()

        def desk(found: dict[str, object]) -> None:
            arrived.append(found)
            if len(arrived) == 1:
                raise KeyboardInterrupt  # here ends the process

        waiting = "SELECT COUNT(*) FROM mail WHERE state = 'waiting'"
        while store.execute(waiting).fetchone()[0]:
            try:
                handle(client, store, case.mail, desk)
            except KeyboardInterrupt:
                store.rollback()
    return len(arrived)


def main() -> None:
    """Ask for one mail of each kind, and for one whose process is interrupted."""
    found = cases()
    with running(library=Replies(found), pace=0) as url:
        client = OpenAI(base_url=f"{url}/v1", api_key="none-needed")
        for kind, field in SHOWN.items():
            case = next(case for case in found if case.kind == kind)
            print(f"{kind + ':':<17} {told(client, case, field)}")
        fine = next(case for case in found if case.kind == "fine")
        print(f"{'interrupted:':<17} {killed(client, fine, Path(':memory:'))} tickets from one mail")


if __name__ == "__main__":
    main()
