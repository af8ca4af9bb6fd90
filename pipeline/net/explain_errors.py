"""What an exception of the HTTP client means for a person who wants the page."""

from __future__ import annotations

import ssl

from requests import exceptions as of_requests
from urllib3 import exceptions as of_urllib3

from pipeline.net.deadline import Limits

_CLOCK = "If this machine's clock is right, tell the site; do not trust what it shows."
#: OpenSSL's X509_V_ERR_ numbers, as x509_vfy.h has them.
_CERTIFICATES = {
    9: f"its certificate is not valid yet. {_CLOCK}",
    10: f"its certificate has expired. {_CLOCK}",
    18: "its certificate is signed by nobody but itself, so anyone could be answering. Tell the site.",
    19: "its certificate is signed by an authority nobody here knows, so anyone could be answering. Tell the site.",
    20: "its certificate is signed by an authority nobody here knows, so anyone could be answering. Tell the site.",
    21: "its certificate is signed by an authority nobody here knows, so anyone could be answering. Tell the site.",
    23: "its certificate was withdrawn. Tell the site.",
    62: "its certificate is for another host, so someone else may be answering. Check the address.",
    64: "its certificate is not for this address. Use the host's name.",
}
_MAX_CAUSES = 20


def explain(error: BaseException, limits: Limits) -> str:
    """Return what *error* means and what to try next, without the address."""
    causes = list_causes(error)
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATES.get(
                cause.verify_code,
                f"its certificate cannot be trusted ({cause.verify_message}). Tell the site.",
            )
    if any(isinstance(cause, (TimeoutError, of_urllib3.TimeoutError)) for cause in causes):
        return f"the server said nothing for {limits.read_s:g} seconds. Try again later."
    if any(isinstance(cause, (ssl.SSLError, of_urllib3.SSLError)) for cause in causes):
        return "no secure connection can be made (TLS). Check the address; an old server may speak http:// only."
    if isinstance(error, of_requests.InvalidHeader | UnicodeError):
        return "the server's answer is damaged. Try again."
    return (
        "the connection broke off before the page was whole. "
        "Try again; if it stays so, save the page in a browser and load the file."
    )


def too_slow(seconds: float) -> str:
    """Return the sentence for a page that is not whole when the time is up."""
    return (
        f"the page was not whole after {seconds:g} seconds. "
        "Try again later, or save it in a browser and load the file."
    )


def list_causes(error: BaseException) -> list[BaseException]:
    """Return *error* and everything wrapped in it: requests and urllib3 keep causes in three places."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < _MAX_CAUSES:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or any(cause is other for other in found):
            continue
        found.append(cause)
        reason = getattr(cause, "reason", None)
        waiting += [*cause.args, reason, cause.__cause__, cause.__context__]
    return found
