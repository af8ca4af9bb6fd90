"""No figure tells what somebody gave."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.gifts.disclosure import FEWEST, choose_hidden, round_sum

PARTS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.sampled_from(["EUR", "USD"])), st.integers(0, 40), max_size=12
)


@given(PARTS)
def test_what_is_hidden_is_never_the_rest_of_a_total(gifts: dict[tuple[int, str], int]) -> None:
    """Few gifts have no figures, nor what makes them the difference; nothing else is hidden without need."""
    hidden = choose_hidden(gifts)
    for currency in ("EUR", "USD"):
        parts = {key: count for key, count in gifts.items() if key[1] == currency}
        left = sum(count for key, count in parts.items() if key in hidden)
        assert all(key in hidden for key, count in parts.items() if count < FEWEST)
        assert left == 0 or left >= FEWEST or hidden >= parts.keys()
        extra = [count for key, count in parts.items() if key in hidden and count >= FEWEST]
        assert len(extra) <= 1


def test_few_gifts_are_rounded() -> None:
    """To one digit, whatever the size and sign."""
    rounded = [round_sum(each) for each in (183, 18_340, 0, -340, 9)]

    assert [200, 20_000, 0, -300, 9] == rounded
