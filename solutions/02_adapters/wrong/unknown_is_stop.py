"""Calls every end that it does not know "stop"; half a reply then looks like a whole one."""

CAUGHT_BY = ["test_an_end_without_a_name_of_ours_keeps_its_own"]
HINT = 4


class Ends(dict):
    def get(self, reason: str, default: str | None = None) -> str:
        return super().get(reason, "stop")


FINISH = Ends(FINISH)
