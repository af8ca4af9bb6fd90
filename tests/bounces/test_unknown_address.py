"""Which refusals say that an address does not exist."""

from __future__ import annotations

import pytest

from pipeline.bounces.unknown_address import is_unknown_address

UNKNOWN = [
    (550, None, "No Such User Here"),
    (550, None, "Unrouteable address: no such user at this host"),
    (550, "5.1.1", "<al@mail.example>: Recipient address rejected: User unknown in local table"),
    (550, "5.0.0", "<al@mail.example>... User unknown"),
    (550, "5.7.1", "No such user!"),
    (550, None, "sorry, no mailbox here by that name. (#5.1.1)"),
    (550, None, "sorry, this recipient is not in my validrcptto list (#5.1.1)"),
    (554, None, "delivery error: dd This user doesn't have a yahoo.example account (al@y.example)"),
    (550, None, "The email account that you tried to reach does not exist."),
    (550, "5.1.10", "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup"),
    (550, None, "5.1.10 RESOLVER.ADR.RecipientNotFound"),
    (550, None, "#5.1.1 bad address"),
    (551, None, "not our customer"),
    (550, None, "<al@mail.example> User doesn't exist: al@mail.example"),
    (550, None, "Message was not accepted -- invalid mailbox. Local mailbox is unavailable"),
    (550, None, "Mailbox not found. http://service.mail.example/help?id=20022"),
    (550, None, "Invalid recipient: <spam@mail.example>"),
    (550, None, "Requested action not taken: user <full@mail.example> is unknown"),
    (553, None, "This account has been deleted"),
    (550, None, "Empfänger unbekannt"),
    (550, None, "Das Postfach existiert nicht mehr"),
    (550, None, "Utilisateur inconnu !"),
    (550, "5.1.1", "Adresse d au moins un destinataire invalide. Invalid recipient."),
    (550, None, "El usuario no existe"),
    (550, None, "Usuário inexistente"),
    (550, None, "Destinatario sconosciuto"),
    (550, None, "Gebruiker onbekend"),
    (550, None, "Okänd mottagare"),
    (550, None, "Nie ma takiego użytkownika"),
    (550, None, "Konto al@mail.example nie istnieje"),
    (550, None, "Пользователь не найден"),
    (550, None, "Нет такого пользователя"),
    (550, None, "Такого користувача не існує"),
    (550, None, "用户不存在"),
    (550, None, "宛先が存在しません"),
    (550, None, "존재하지 않는 사용자입니다"),
    (None, "5.1.1", ""),
]

NOT_UNKNOWN = [
    (550, "5.7.1", "Message blocked, likely unsolicited mail"),
    (552, "5.2.2", "Mailbox full"),
    (550, None, "user al over quota"),
    (550, "5.1.1", "user over quota. (#5.1.1)"),
    (550, "5.2.1", "The user you try to contact is receiving mail at a rate that prevents more"),
    (550, None, "Recipient mailbox does not exist or is over quota"),
    (554, "5.7.1", "<al@mail.example>: Relay access denied"),
    (550, None, "Sender verify failed: No such user here"),
    (550, "5.1.0", "<news@paper.example>: Sender address rejected: User unknown in virtual table"),
    (550, "5.1.8", "Domain of sender address does not exist"),
    (550, None, "Rejected by policy: unknown user agent"),
    (550, None, "Your address has a poor reputation; user not found"),
    (550, None, "Requested action not taken: mailbox unavailable"),
    (550, "5.4.1", "Recipient address rejected: Access denied"),
    (550, None, "Client host rejected: cannot find your reverse hostname, address not found"),
    (550, None, "Helo command rejected: Host not found"),
    (550, None, "Recipient's SPF check: record not found"),
    (550, None, "Greylisted, user unknown yet"),
    (550, None, "spam blocked by no-such-user.mail.example"),
    (550, None, "Blocked, see https://mail.example/?p=NoSuchUser"),
    (553, None, "sorry, your envelope recipient is in my badrcptto list (#5.7.1)"),
    (550, None, "#5.1.0 Address rejected"),
    (552, None, "No such user"),
    (450, None, "No such user"),
    (550, "5.6.0", "No such user"),
    (550, None, "Postfach voll"),
    (550, None, "La boîte du destinataire est pleine"),
    (550, None, "mailbox is frozen"),
    (550, None, ""),
]


@pytest.mark.parametrize(("code", "enhanced_code", "response"), UNKNOWN)
def test_unmistakable_words(code: int | None, enhanced_code: str | None, response: str) -> None:
    """A code, or the words of a server in any of many languages, say that nobody is there."""
    assert is_unknown_address(code, enhanced_code, response)


@pytest.mark.parametrize(("code", "enhanced_code", "response"), NOT_UNKNOWN)
def test_words_about_anything_else(
    code: int | None, enhanced_code: str | None, response: str
) -> None:
    """Spam, policy, reputation, a full mailbox, the sender or a vague word never condemn an address."""
    assert not is_unknown_address(code, enhanced_code, response)
