"""Which addresses may sign up, which are one inbox, what a form may do, and how many are too many."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pipeline.models.address import Address
from pipeline.signup.address_rules import AddressProblem, check_signup_address
from pipeline.signup.form_token import FormAge, FormTokens
from pipeline.signup.proof_of_work import is_proof
from pipeline.signup.signup_limits import SignupAnswer, SignupLimits, find_network
from pipeline.subscribers.signups.signup_queries import SignupCounts
from pipeline.testing import ManualClock

NONE = SignupCounts(total=0, domain=0, network=0, unproven=0, form=0)


@pytest.mark.parametrize(
    ("address", "inbox"),
    [
        ("Ada.Byron+news@Gmail.com", "adabyron@gmail.com"),
        ("ada.byron@googlemail.com", "adabyron@gmail.com"),
        ("ada.byron+x+y@example.org", "ada.byron@example.org"),
        ("+tag@example.org", "+tag@example.org"),
    ],
)
def test_addresses_of_one_inbox_are_one(address: str, inbox: str) -> None:
    """Tags are cut off everywhere, dots only where the provider ignores them."""
    assert inbox == Address(email=address).inbox


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("ada@example.org", None),
        (" Ada Byron <ada@example.org> ", None),
        ("info@example.org", None),
        ("ada@mail.com", None),
        ("no-reply@example.org", AddressProblem.ROLE),
        ("Abuse+1@example.org", AddressProblem.ROLE),
        ("ada@hotmial.com", AddressProblem.TYPO),
        ("ada@example", AddressProblem.INVALID),
        ("ada@example.org\r\nBcc: x@example.org", AddressProblem.INVALID),
    ],
)
def test_addresses_are_checked(typed: str, problem: AddressProblem | None) -> None:
    """A person may sign up, also with a shared address; a machine may not."""
    assert problem is check_signup_address(typed).problem


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2fe::1", "2001:db8:1:200::/56"),
        ("nonsense", "unknown"),
    ],
)
def test_clients_count_as_networks(client: str, network: str) -> None:
    """What one customer of a provider may have counts as one."""
    assert network == find_network(client)


def test_form_tokens_cannot_be_made_or_changed() -> None:
    """Only who knows the secret makes one; one flipped character is no token."""
    clock = ManualClock()
    tokens = FormTokens(b"secret", clock=clock)
    token, key = tokens.make("weekly", page="https://example.org/", page_digest="d")
    shown = tokens.read(token)
    assert shown
    assert ("weekly", key, FormAge.TOO_YOUNG) == (shown.list_name, shown.key, shown.age)
    assert FormTokens(b"other", clock=clock).read(token) is None
    for index in range(0, len(token), 7):
        changed = token[:index] + ("A" if token[index] != "A" else "B") + token[index + 1 :]
        assert tokens.read(changed) is None
    for nonsense in ("", "=", "é", "x" * 3000, token[:20]):
        assert tokens.read(nonsense) is None
    clock.advance(timedelta(seconds=3))
    later = tokens.read(token)
    assert later
    assert FormAge.RIGHT is later.age


@pytest.mark.parametrize(
    ("counts", "answers", "answer"),
    [
        (NONE, (0, 0), SignupAnswer.ACCEPTED),
        (SignupCounts(total=0, domain=0, network=0, unproven=0, form=3), (0, 0), SignupAnswer.FORM_USED),
        (SignupCounts(total=20, domain=0, network=20, unproven=0, form=0), (0, 0), SignupAnswer.BUSY),
        (SignupCounts(total=60, domain=60, network=0, unproven=0, form=0), (0, 0), SignupAnswer.BUSY),
        (SignupCounts(total=300, domain=0, network=0, unproven=0, form=0), (0, 0), SignupAnswer.BRAKED),
        (SignupCounts(total=30, domain=0, network=0, unproven=0, form=0), (50, 4), SignupAnswer.BRAKED),
        (SignupCounts(total=29, domain=0, network=0, unproven=0, form=0), (50, 4), SignupAnswer.ACCEPTED),
        (SignupCounts(total=30, domain=0, network=0, unproven=0, form=0), (50, 5), SignupAnswer.ACCEPTED),
        (SignupCounts(total=30, domain=0, network=0, unproven=0, form=0), (49, 0), SignupAnswer.ACCEPTED),
    ],
)  # fmt: skip
def test_too_many_are_refused(
    counts: SignupCounts, answers: tuple[int, int], answer: SignupAnswer
) -> None:
    """From one network, for one domain, altogether, or if nearly nobody confirms."""
    assert answer is SignupLimits().decide(counts, answers, is_proven=False)[0]


def test_without_a_proof_of_work_the_limit_is_lower() -> None:
    """Where one is asked for; nobody is locked out for having no script."""
    limits = SignupLimits(needs_proof=True)
    counts = SignupCounts(total=4, domain=0, network=4, unproven=4, form=0)
    assert SignupAnswer.BUSY is limits.decide(counts, (0, 0), is_proven=False)[0]
    assert SignupAnswer.ACCEPTED is limits.decide(counts, (0, 0), is_proven=True)[0]
    assert SignupAnswer.ACCEPTED is SignupLimits().decide(counts, (0, 0), is_proven=False)[0]


def test_a_proof_of_work_is_one_for_its_form_only() -> None:
    """About one number in 2 to the power of the bits is one."""
    number = next(n for n in range(10_000) if is_proof("form", str(n), bits=8))
    assert not is_proof("other form", str(number), bits=8)
    assert not is_proof("form", f"0{number}x", bits=8)
    assert not is_proof("form", "٣", bits=8)
    assert is_proof("form", "", bits=0)
