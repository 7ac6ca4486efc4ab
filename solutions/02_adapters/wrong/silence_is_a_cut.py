"""Takes every failure without a status for a cut; whoever waited too long never learns it."""

CAUGHT_BY = ["test_every_failure_has_its_name[silence]"]
HINT = 6

class_with_silence = error_of


def error_of(status: int | None, timed_out: bool) -> type[ProviderError]:
    return class_with_silence(status, False)
