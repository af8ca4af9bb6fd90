"""Probe the public web service through its public URL: reachable, this project's, and without a redirect."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import requests

from pipeline.doctor.check_result import CheckResult, fail, ok
from pipeline.recipient_tokens import TokenPurpose

_TIMEOUT_S = 10
_HINT = (
    "Run handbill serve, and check that the proxy passes on /u/, /p/, /c/, /s/, /subscribe and /healthz: "
    "handbill docs serve"
)


def probe_public_service(
    public_url: str | None,
    *,
    make_token: Callable[[TokenPurpose], str],
    sign_nonce: Callable[[str], str],
) -> Iterator[CheckResult]:
    """
    Yield whether *public_url* leads to this project, whether one click arrives there, and preference links work.

    Args:
        make_token: Returns a test token, which changes nothing.
        sign_nonce: Returns what only this project answers to a nonce.
    """
    if public_url is None:
        yield fail("probe", "No public_url is set, so there is nothing to probe.", _HINT)
        return
    nonce = secrets.token_urlsafe(12)
    try:
        health = _request("GET", f"{public_url}/healthz", params={"nonce": nonce})
        if health.text.strip() != f"ok {sign_nonce(nonce)}":
            yield fail(
                "probe",
                f"{public_url}/healthz does not answer for this project (status {health.status_code}).",
                f"Another service, or another project, answers there. {_HINT}",
            )
            return
        yield ok("probe", f"{public_url} leads to this project.")
        url = f"{public_url}/u/{make_token(TokenPurpose.UNSUBSCRIBE)}"
        click = _request("POST", url, data={"List-Unsubscribe": "One-Click"})
        pages = {
            f"/{letter}/": _request(
                "GET", f"{public_url}/{letter}/{make_token(purpose)}"
            ).status_code
            for letter, purpose in (("p", TokenPurpose.PREFERENCES), ("c", TokenPurpose.CONFIRM))
        }
    except requests.RequestException as error:
        yield fail("probe", f"{public_url} cannot be reached ({type(error).__name__}).", _HINT)
        return
    if click.status_code == 200:
        yield ok("probe", "One click arrives: a test token was posted and answered.")
    else:
        yield fail(
            "probe",
            f"One click does not arrive: a POST to /u/… is answered with status {click.status_code}.",
            "Mailbox providers follow no redirect and have no cookie. Let the proxy pass the path on as it is.",
        )
    missing = [f"{path}… (status {status})" for path, status in pages.items() if status != 200]
    if missing:
        yield fail("probe", f"The preference links do not work: {', '.join(missing)}.", _HINT)
    else:
        yield ok("probe", "The preference links work.")


def _request(method: str, url: str, **options: dict[str, str]) -> requests.Response:
    return requests.request(
        method,
        url,
        timeout=_TIMEOUT_S,
        allow_redirects=False,
        **options,  # type: ignore[arg-type]  # params or data
    )
