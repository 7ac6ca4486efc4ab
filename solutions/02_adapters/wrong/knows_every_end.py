"""Looks the end up without a way out; a reply that ended in a new way is paid for and lost."""

CAUGHT_BY = ["test_an_end_without_a_name_of_ours_keeps_its_own"]
HINT = 4


class Ends(dict):
    def get(self, reason: str, default: str | None = None) -> str:
        return self[reason]


FINISH = Ends(FINISH)
