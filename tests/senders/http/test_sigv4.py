"""AWS signatures, checked with Amazon's published examples."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.senders.http.sigv4 import AwsCredentials, sign_request

AT = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
# The key and scope of the Signature Version 4 test suite.
EXAMPLE = AwsCredentials(
    access_key="AKIDEXAMPLE", secret_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)


def signature(
    method: str,
    url: str = "https://example.amazonaws.com/",
    *,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    service: str = "service",
) -> str:
    signed = sign_request(
        method,
        url,
        body,
        headers or {},
        credentials=EXAMPLE,
        region="us-east-1",
        service=service,
        at=AT,
    )
    return signed["Authorization"]


def test_get_vanilla() -> None:
    """The suite's `get-vanilla`, the whole header."""
    assert (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    ) == signature("GET")


def test_post_vanilla() -> None:
    """The suite's `post-vanilla`."""
    assert signature("POST").endswith(
        "Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    )


def test_post_with_a_body() -> None:
    """The suite's `post-x-www-form-urlencoded`: the body and its type are signed."""
    signed = signature(
        "POST",
        body=b"Param1=value1",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert "SignedHeaders=content-type;host;x-amz-date, " in signed
    assert signed.endswith(
        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    )


def test_get_with_a_query() -> None:
    """The example in Amazon's guide: a GET to IAM with a query and a content type."""
    signed = signature(
        "GET",
        "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
        service="iam",
    )
    assert signed.endswith(
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )


def test_the_session_token_is_sent_and_signed() -> None:
    """Temporary credentials have a third part, which is a header of its own."""
    credentials = AwsCredentials(access_key="A", secret_key="B", token="C")
    signed = sign_request(
        "POST",
        "https://example.amazonaws.com/",
        b"",
        {},
        credentials=credentials,
        region="us-east-1",
        service="ses",
        at=AT,
    )
    assert "C" == signed["X-Amz-Security-Token"]
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token" in signed["Authorization"]


def test_credentials_are_not_in_their_repr() -> None:
    """Neither the secret nor the token is in their repr."""
    assert "AwsCredentials(access_key='AKIDEXAMPLE')" == repr(EXAMPLE)
