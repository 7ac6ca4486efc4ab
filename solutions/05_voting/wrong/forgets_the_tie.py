"""Is content when no rival can overtake: a safer one that draws level wins the tie."""

CAUGHT_BY = ["test_the_safer_rival_needs_one_vote_less", "test_decided_is_what_no_vote_left_can_change"]
HINT = 5


def decided(votes: list[str | None], labels: Labels, left: int) -> bool:
    now = majority(votes, labels)
    rivals = [label for label in labels if label != now.winner]
    return now.winner is not None and all(
        now.support[now.winner] >= now.support[rival] + left for rival in rivals
    )
