"""
One topic of Amazon SNS: where its certificates are, and how a subscription to it is confirmed.

docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html and
…/latest/api/API_ConfirmSubscription.html (2026).

Nothing that a request says decides where this machine connects: only hosts of SNS, in the region of the topic, over
TLS, from public addresses.
"""

from __future__ import annotations

import re
from collections import deque
from datetime import datetime, timedelta
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pipeline.errors import ConfigError
from pipeline.senders.webhooks.provider_webhook import RejectedRequest, UnverifiableRequest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import Certificate

    from pipeline.net.client import Client

_ARN = re.compile(
    r"arn:aws(?:-us-gov)?:sns:([a-z]{2}(?:-[a-z]{2,12}){1,3}-[0-9]):[0-9]{12}:[A-Za-z0-9_-]{1,256}"
)
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[0-9a-f]{16,64}\.pem")
_TOKEN = re.compile(r"[A-Za-z0-9]{16,512}")
_NAME = "sns.amazonaws.com"
_MAX_BYTES = 64 * 1024
_MIN_KEY_BITS = 2048
_TIMEOUT_S = 10
#: SNS uses one certificate for months; whoever names others makes this machine fetch no more than this.
_MAX_FETCHES = 6
_FETCH_PERIOD = timedelta(minutes=1)
_MAX_CERTIFICATES = 16


class SnsTopic:
    """
    A topic.

    Args:
        arn: Its name, `arn:aws:sns:REGION:ACCOUNT:NAME`.
        client: Connects to SNS; default: to public addresses only.

    Raises:
        ConfigError: *arn* is not the name of a topic.
    """

    def __init__(self, arn: str, *, client: Client | None = None) -> None:
        found = _ARN.fullmatch(arn)
        if not found:
            raise ConfigError(
                f"The sender for Amazon SES, webhook_topic: {arn!r} is not a topic of SNS. Use its ARN, "
                "arn:aws:sns:REGION:ACCOUNT:NAME."
            )
        self.arn = arn
        self.host = f"sns.{found[1]}.amazonaws.com"
        self._client = client
        self._keys: dict[str, tuple[RSAPublicKey, datetime]] = {}
        self._fetches: deque[datetime] = deque(maxlen=_MAX_FETCHES)
        self._lock = Lock()

    def get_key(self, url: str, *, now: datetime) -> RSAPublicKey:
        """
        Return the public key of the certificate at *url*, fetched once.

        Raises:
            RejectedRequest: It is not a certificate of SNS, or not valid now.
            UnverifiableRequest: It cannot be fetched now.
        """
        prefix = f"https://{self.host}"
        if not url.startswith(prefix) or not _CERTIFICATE.fullmatch(url.removeprefix(prefix)):
            raise RejectedRequest("its certificate is not one of SNS")
        with self._lock:
            key, expires_at = self._keys.get(url, (None, now))
            if key is None or expires_at <= now:
                key, expires_at = _read_key(self._fetch(url, now), self.host, now=now)
                if len(self._keys) >= _MAX_CERTIFICATES:
                    self._keys.clear()
                self._keys[url] = (key, expires_at)
        return key

    def confirm(self, token: str) -> None:
        """
        Confirm the subscription that SNS asks about.

        Raises:
            RejectedRequest: *token* is not one of SNS.
            UnverifiableRequest: SNS does not accept it now.
        """
        if not _TOKEN.fullmatch(token):
            raise RejectedRequest("its token is not one of SNS")
        query = urlencode({"Action": "ConfirmSubscription", "TopicArn": self.arn, "Token": token})
        self._download(f"https://{self.host}/?{query}")

    def _fetch(self, url: str, now: datetime) -> bytes:
        is_full = len(self._fetches) == _MAX_FETCHES
        if is_full and now - self._fetches[0] < _FETCH_PERIOD:
            raise UnverifiableRequest("too many certificates were asked for")
        self._fetches.append(now)
        return self._download(url)

    def _download(self, url: str) -> bytes:
        from pipeline.net.client import Client
        from pipeline.net.deadline import Limits
        from pipeline.net.download import download
        from pipeline.net.fetch_problem import FetchProblem

        limits = Limits(size_bytes=_MAX_BYTES, total_s=_TIMEOUT_S)
        try:
            return download(self._client or Client(limits=limits), url)
        except FetchProblem as error:
            raise UnverifiableRequest(f"{self.host}: {error}") from error


def _read_key(content: bytes, host: str, *, now: datetime) -> tuple[RSAPublicKey, datetime]:
    """Return the key of the first certificate in *content*, and until when it is valid; others are its issuers."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import InvalidVersion, load_pem_x509_certificates

    try:  # each part is parsed when it is read
        chain = load_pem_x509_certificates(content)
        for each, issuer in pairwise(chain):
            each.verify_directly_issued_by(issuer)
        key = chain[0].public_key()
        names = _list_names(chain[0])
        begins_at = max(each.not_valid_before_utc for each in chain)
        expires_at = min(each.not_valid_after_utc for each in chain)
    except (ValueError, TypeError, InvalidSignature, InvalidVersion, UnsupportedAlgorithm):
        raise RejectedRequest("its certificate is damaged") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
        raise RejectedRequest("its certificate has no RSA key of 2048 bits")
    if not names & {_NAME, host}:
        raise RejectedRequest("its certificate is for another name")
    if not begins_at <= now < expires_at:
        raise RejectedRequest("its certificate is not valid now")
    return key, expires_at


def _list_names(certificate: Certificate) -> set[str]:
    from cryptography.x509 import DNSName, ExtensionNotFound, SubjectAlternativeName
    from cryptography.x509.oid import NameOID

    names = {
        str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    }
    try:
        found = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return names
    return names | set(found.get_values_for_type(DNSName))
