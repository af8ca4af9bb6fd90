"""Probe the public web service through its public URL: reachable, this project's, and without a redirect."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator

import requests

from pipeline.doctor.check_result import CheckResult, fail, ok

_TIMEOUT_S = 10
_HINT = (
    "Run handbill serve, and check that the proxy passes on /u/ and /healthz: handbill docs serve"
)


def probe_public_service(
    public_url: str | None, *, token: str, sign_nonce: Callable[[str], str]
) -> Iterator[CheckResult]:
    """
    Yield whether *public_url* leads to this project, and whether one click arrives there.

    Args:
        token: A test token, which changes nothing.
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
        click = _request("POST", f"{public_url}/u/{token}", data={"List-Unsubscribe": "One-Click"})
    except requests.RequestException as error:
        yield fail("probe", f"{public_url} cannot be reached ({type(error).__name__}).", _HINT)
        return
    if click.status_code == 200:
        yield ok("probe", "One click arrives: a test token was posted and answered.")
        return
    yield fail(
        "probe",
        f"One click does not arrive: a POST to /u/… is answered with status {click.status_code}.",
        "Mailbox providers follow no redirect and have no cookie. Let the proxy pass the path on as it is.",
    )


def _request(method: str, url: str, **options: dict[str, str]) -> requests.Response:
    return requests.request(
        method,
        url,
        timeout=_TIMEOUT_S,
        allow_redirects=False,
        **options,  # type: ignore[arg-type]  # params or data
    )
