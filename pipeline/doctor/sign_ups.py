"""Whether sign-ups had to be refused lately."""

from __future__ import annotations

from pipeline.doctor.check_result import CheckResult, ok, warn

_CHECK = "sign-up"


def check_sign_ups(list_count: int, refusal: str | None) -> CheckResult:
    """
    Return whether sign-ups were refused.

    Args:
        list_count: How many lists anybody may join.
        refusal: A sentence that says when, how many and why; None if none were.
    """
    lists = "1 list is" if list_count == 1 else f"{list_count} lists are"
    if refusal is None:
        return ok(_CHECK, f"{lists} open, and no sign-ups were refused within a week.")
    return warn(
        _CHECK,
        refusal,
        "Somebody may be typing other people's addresses, or you are popular: then raise the limit in [signup]. "
        "See: handbill docs sign-up",
    )
