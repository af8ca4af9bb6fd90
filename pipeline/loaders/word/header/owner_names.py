"""Tell a person's name among a document's properties from the names that programs and machines put there."""

from __future__ import annotations

import re

#: Names of programs, accounts and machines, in lower case; as whole names or as one of the words in them.
_WHOLE = frozenset(
    (
        "admin administrator administrateur administrador amministratore beheerder "
        "administratör ylläpitäjä администратор user username utilisateur usuario usuário "
        "utilizador utente benutzer anwender gebruiker användare bruker bruger käyttäjä "
        "użytkownik uživatel používateľ felhasználó kullanıcı utilizator χρήστης пользователь "
        "користувач ユーザー 用户 使用者 사용자 owner propriétaire besitzer author autor auteur autore "
        "default guest gast test unknown unbekannt inconnu anonymous anonym pc home office "
        "work laptop computer me root system user1 user01 un-named unnamed none n/a "
        "python-docx docx4j openpyxl pandoc libreoffice openoffice staff redaktion editor"
    ).split()
)
_PARTS = re.compile(
    r"microsoft|windows|office|\bword\b|google|libreoffice|openoffice|apache|poi\b|docx|aspose|adobe|acrobat|wps\b|kingsoft"
    r"|\bpages\b|apple|hewlett|packard|lenovo|\bdell\b|\basus\b|\bacer\b|toshiba|samsung|\bhp\b|desktop-|laptop-|win-"
    r"|macbook|@|\\|/|\d{2}",
    re.IGNORECASE,
)


def is_person_name(name: str) -> bool:
    """Whether *name* can be the name of a person: not an account, a machine or a program."""
    text = " ".join(name.casefold().split())
    if not text or text in _WHOLE or _PARTS.search(text):
        return False
    words = re.findall(r"[^\W\d_]+", text)
    if not words or all(word in _WHOLE for word in words):
        return False
    is_login = " " not in name.strip() and name.isascii() and (name.islower() or "." in name)
    return not is_login
