"""
The providers' APIs, as the tests simulate them.

Responses are from their documentation and the tests of django-anymail 15.2.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.utils import parseaddr
from typing import Any

from pipeline.models.message import Message
from pipeline.senders import Sender, open_sender
from tests.senders.http.fake_service import RecordedRequest, Reply, Service

#: These must not appear in an error, a receipt or a repr.
SECRET = "hb-secret-0123456789abcdef"
PUBLIC = "hb-public-0123456789"

#: Fields with a parameter of their own in every API, or that the provider rewrites.
NOT_CUSTOM = {"from", "to", "reply-to", "subject", "date", "message-id", "mime-version"} | {
    "content-type",
    "content-transfer-encoding",
}

Seen = Any  # bytes, or a tuple of what a recipient sees


@dataclass(frozen=True, kw_only=True)
class Provider:
    """
    One service.

    Args:
        parse_messages: Returns the messages in a request.
        parse_recipients: Returns their recipients.
        accept_all: Returns the response that accepts all of them.
        accept_some: Returns the response that refuses reader2, defers reader3, and accepts the others.
        refusal: The response that refuses a single message.
        account_error: The response to an invalid key.
        batch: How many messages one request holds.
    """

    kind: str
    environment: Mapping[str, str]
    parse_messages: Callable[[RecordedRequest], list[Seen]]
    parse_recipients: Callable[[RecordedRequest], list[str]]
    accept_all: Callable[[RecordedRequest], Reply]
    refusal: Reply
    account_error: Reply
    accept_some: Callable[[RecordedRequest], Reply] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 1
    has_idempotency_keys: bool = False
    dropped: frozenset[str] = frozenset()

    def open(self, service: Service | str, **options: Any) -> Sender:
        """Open the sender to *service*."""
        url = service if isinstance(service, str) else service.url
        return open_sender(
            self.kind, **{"base_url": url, "timeout_s": 5, **self.options, **options}
        )

    @property
    def accepts_mime(self) -> bool:
        """Whether it sends messages as composed."""
        return self.kind in ("ses", "mailgun", "sparkpost")

    def expected_content(self, message: Message) -> Seen:
        """Return what the provider should receive for *message*."""
        return message.content if self.accepts_mime else seen(message.content, self.dropped)


def seen(content: bytes, dropped: frozenset[str] = frozenset()) -> Seen:
    """Return what a recipient sees of a message, by Python's newer parser; the sender uses the older one."""
    letter = message_from_bytes(content, policy=policy.default)
    texts = {
        kind: part.get_content().replace("\r\n", "\n")
        for kind in ("plain", "html")
        if (part := letter.get_body((kind,)))
    }
    images = [
        (part["Content-ID"].strip("<>"), part.get_content_type(), part.get_content())
        for part in letter.walk()
        if part.get_content_maintype() == "image"
    ]
    headers = {
        name: str(value)
        for name, value in letter.items()
        if name.lower() not in NOT_CUSTOM | dropped
    }
    return visible_parts(
        sender=_mailbox(letter["From"]),
        to=_mailbox(letter["To"]),
        reply_to=_mailbox(letter["Reply-To"]),
        subject=str(letter["Subject"]),
        text=texts.get("plain", ""),
        html=texts.get("html", ""),
        headers=headers,
        images=images,
    )


def visible_parts(
    *,
    sender: tuple[str, str],
    to: tuple[str, str],
    reply_to: tuple[str, str],
    subject: str,
    text: str,
    html: str,
    headers: Mapping[str, str],
    images: Sequence[tuple[str, str, bytes]],
) -> Seen:
    """Return what a recipient sees, as a tuple that can be compared and sorted."""
    return (subject, sender, to, reply_to, text, html, tuple(headers.items()), tuple(images))


def address(text: str) -> tuple[str, str]:
    """Return the address and the name in *text*, as a header has it."""
    if not text:
        return ("", "")
    name, email = parseaddr(text)
    return (email, str(make_header(decode_header(name))))


def _mailbox(field: Any) -> tuple[str, str]:  # Any: a parsed header, or None
    if field is None:
        return ("", "")
    (found,) = field.addresses
    return (found.addr_spec, found.display_name)


def pair(
    form: Mapping[str, str] | None, email: str = "email", name: str = "name"
) -> tuple[str, str]:
    """Return the address and the name in a service's own form."""
    return (form[email], form.get(name, "")) if form else ("", "")


def pictures(items: Sequence[Mapping[str, str]], cid: str, kind: str, content: str) -> Any:
    """Return the pictures in a service's own form."""
    return [
        (item[cid].removeprefix("cid:"), item[kind], base64.b64decode(item[content]))
        for item in items
    ]


# Amazon SES


def _ses_mime(request: RecordedRequest) -> list[Seen]:
    return [base64.b64decode(request.json["Content"]["Raw"]["Data"])]


SES = Provider(
    kind="ses",
    options={"region": "eu-central-1"},
    environment={"AWS_ACCESS_KEY_ID": PUBLIC, "AWS_SECRET_ACCESS_KEY": SECRET},
    parse_messages=_ses_mime,
    parse_recipients=lambda request: request.json["Destination"]["ToAddresses"],
    accept_all=lambda request: Reply(
        {"MessageId": "010201870f2b0ee7-51e65aee-9c8c-4ee4-9f6d-000000"}
    ),
    refusal=Reply(
        {"message": "Address blacklisted."},
        400,
        {"x-amzn-errortype": "MessageRejected:http://internal.amazon.com/coral/"},
    ),
    account_error=Reply(
        {"message": "The security token included in the request is invalid."},
        403,
        {"x-amzn-errortype": "UnrecognizedClientException"},
    ),
)


# Mailgun


def form_fields(request: RecordedRequest) -> dict[str, bytes]:
    """Return the fields of a multipart form."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    boundary = BytesParser().parsebytes(head).get_boundary()
    assert boundary
    mark = b"--" + boundary.encode()
    fields = {}
    for part in request.body.split(mark)[1:-1]:
        top, _, value = part.partition(b"\r\n\r\n")
        name = top.partition(b'name="')[2].partition(b'"')[0]
        fields[name.decode()] = value.removesuffix(b"\r\n")
    return fields


MAILGUN = Provider(
    kind="mailgun",
    environment={"MAILGUN_API_KEY": SECRET},
    parse_messages=lambda request: [form_fields(request)["message"]],
    parse_recipients=lambda request: [form_fields(request)["to"].decode()],
    accept_all=lambda request: Reply(
        {"id": "<20160306015544.116301.25145@example.org>", "message": "Queued. Thank you."}
    ),
    refusal=Reply(
        {"message": "to parameter is not a valid address. please check documentation"}, 400
    ),
    account_error=Reply(b"Forbidden", 401, {"Content-Type": "text/plain"}),
)


# SparkPost

SPARKPOST = Provider(
    kind="sparkpost",
    environment={"SPARKPOST_API_KEY": SECRET},
    parse_messages=lambda request: [request.json["content"]["email_rfc822"].encode()],
    parse_recipients=lambda request: [r["address"]["email"] for r in request.json["recipients"]],
    accept_all=lambda request: Reply(
        {
            "results": {
                "id": "12345678901234567890",
                "total_accepted_recipients": 1,
                "total_rejected_recipients": 0,
            }
        }
    ),
    refusal=Reply(
        {
            "errors": [
                {
                    "message": "Message generation rejected",
                    "description": "recipient address suppressed due to customer policy",
                    "code": "1902",
                }
            ]
        },
        400,
    ),
    account_error=Reply({"errors": [{"message": "Unauthorized."}]}, 401),
)


# Postmark


def _postmark(item: Any) -> Seen:
    return visible_parts(
        sender=address(item["From"]),
        to=address(item["To"]),
        reply_to=address(item.get("ReplyTo", "")),
        subject=item["Subject"],
        text=item.get("TextBody", ""),
        html=item.get("HtmlBody", ""),
        headers={header["Name"]: header["Value"] for header in item.get("Headers", [])},
        images=pictures(item.get("Attachments", []), "ContentID", "ContentType", "Content"),
    )


def _postmark_answers(request: RecordedRequest, bad: Mapping[str, Any] | None = None) -> Reply:
    answers = []
    for number, item in enumerate(request.json):
        email = address(item["To"])[0]
        ok = {
            "To": email,
            "SubmittedAt": "2026-03-02T12:00:00.0000000-05:00",
            "MessageID": f"b7bc2f4a-e38e-4336-af7d-{number:012}",
            "ErrorCode": 0,
            "Message": "OK",
        }
        answers.append((bad or {}).get(email, ok))
    return Reply(answers)


POSTMARK = Provider(
    kind="postmark",
    environment={"POSTMARK_SERVER_TOKEN": SECRET},
    parse_messages=lambda request: [_postmark(item) for item in request.json],
    parse_recipients=lambda request: [address(item["To"])[0] for item in request.json],
    accept_all=_postmark_answers,
    accept_some=lambda request: _postmark_answers(
        request,
        {
            "reader2@example.org": {
                "ErrorCode": 406,
                "Message": "You tried to send to a recipient that has been marked as inactive.\n"
                "Found inactive addresses: reader2@example.org.",
            },
            "reader3@example.org": {"ErrorCode": 100, "Message": "Maintenance"},
        },
    ),
    refusal=Reply([{"ErrorCode": 300, "Message": "Invalid 'To' address: 'x'."}]),
    account_error=Reply(
        {"ErrorCode": 10, "Message": "The Server Token you provided in the request was invalid."},
        401,
    ),
    batch=16,
)


# SendGrid


def _sendgrid(item: Any) -> Seen:
    texts = {content["type"]: content["value"] for content in item["content"]}
    (to,) = item["personalizations"][0]["to"]
    return visible_parts(
        sender=pair(item["from"]),
        to=pair(to),
        reply_to=pair(item.get("reply_to")),
        subject=item["subject"],
        text=texts.get("text/plain", ""),
        html=texts.get("text/html", ""),
        headers=item.get("headers", {}),
        images=pictures(item.get("attachments", []), "content_id", "type", "content"),
    )


SENDGRID = Provider(
    kind="sendgrid",
    environment={"SENDGRID_API_KEY": SECRET},
    parse_messages=lambda request: [_sendgrid(request.json)],
    parse_recipients=lambda request: [request.json["personalizations"][0]["to"][0]["email"]],
    accept_all=lambda request: Reply(b"", 202, {"X-Message-Id": "14c5d75ce93.dfd.64b469"}),
    refusal=Reply(
        {"errors": [{"message": "Does not contain a valid address.", "field": "to", "help": None}]},
        400,
    ),
    account_error=Reply(
        {
            "errors": [
                {
                    "message": "The provided authorization grant is invalid, expired, or revoked",
                    "field": None,
                    "help": None,
                }
            ]
        },
        401,
    ),
)


# Resend


def _resend_items(request: RecordedRequest) -> list[Any]:
    return request.json if isinstance(request.json, list) else [request.json]


def _resend(item: Any) -> Seen:
    reply_to = item.get("reply_to", "")
    return visible_parts(
        sender=address(item["from"]),
        to=address(item["to"][0]),
        reply_to=address(reply_to if isinstance(reply_to, str) else reply_to[0]),
        subject=item["subject"],
        text=item.get("text", ""),
        html=item.get("html", ""),
        headers=item.get("headers", {}),
        images=pictures(item.get("attachments", []), "content_id", "content_type", "content"),
    )


def _resend_accept_all(request: RecordedRequest) -> Reply:
    ids = [{"id": f"ae2014de-c168-4c61-8267-{n:012}"} for n, _ in enumerate(_resend_items(request))]
    return Reply({"data": ids} if isinstance(request.json, list) else ids[0])


def _resend_accept_some(request: RecordedRequest) -> Reply:
    emails = [address(item["to"][0])[0] for item in _resend_items(request)]
    invalid = {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."}
    if "reader3@example.org" in emails:
        if len(emails) > 1:
            return Reply(invalid, 422)
        return Reply(
            {"statusCode": 429, "name": "rate_limit_exceeded", "message": "Too many requests."},
            429,
            {"retry-after": "1"},
        )
    if "reader2@example.org" not in emails:
        return _resend_accept_all(request)
    if len(emails) == 1:
        return Reply(invalid, 422)
    ids = [{"id": f"a-{n}"} for n, email in enumerate(emails) if email != "reader2@example.org"]
    index = emails.index("reader2@example.org")
    return Reply({"data": ids, "errors": [{"index": index, "message": "Invalid `to` field."}]})


RESEND = Provider(
    kind="resend",
    environment={"RESEND_API_KEY": SECRET},
    parse_messages=lambda request: [_resend(item) for item in _resend_items(request)],
    parse_recipients=lambda request: [address(item["to"][0])[0] for item in _resend_items(request)],
    accept_all=_resend_accept_all,
    accept_some=_resend_accept_some,
    refusal=Reply(
        {"statusCode": 422, "name": "validation_error", "message": "Invalid `to` field."}, 422
    ),
    account_error=Reply(
        {"statusCode": 401, "name": "missing_api_key", "message": "Missing API key."}, 401
    ),
    batch=16,
    has_idempotency_keys=True,
)


# Brevo


def _brevo(item: Any, sender: Any) -> Seen:
    return visible_parts(
        sender=pair(sender),
        to=pair(item["to"][0]),
        reply_to=pair(item.get("replyTo")),
        subject=item["subject"],
        text=item.get("textContent", ""),
        html=item.get("htmlContent", ""),
        headers={n: value for n, value in item["headers"].items() if n != "X-Mailin-custom"},
        images=(),
    )


def _brevo_emails(request: RecordedRequest) -> list[str]:
    return [version["to"][0]["email"] for version in request.json["messageVersions"]]


def _brevo_accept_some(request: RecordedRequest) -> Reply:
    emails = _brevo_emails(request)
    if "reader2@example.org" in emails:
        return BREVO.refusal
    if "reader3@example.org" in emails:
        return (
            Reply({"code": "too_many_requests", "message": "Wait."}, 429)
            if len(emails) == 1
            else BREVO.refusal
        )
    return BREVO.accept_all(request)


BREVO = Provider(
    kind="brevo",
    environment={"BREVO_API_KEY": SECRET},
    parse_messages=lambda request: [
        _brevo(version, request.json["sender"]) for version in request.json["messageVersions"]
    ],
    parse_recipients=_brevo_emails,
    accept_all=lambda request: Reply(
        {
            "messageIds": [
                f"<2026030212.{n}@smtp-relay.mailin.fr>"
                for n, _ in enumerate(_brevo_emails(request))
            ]
        },
        201,
    ),
    accept_some=_brevo_accept_some,
    refusal=Reply({"code": "invalid_parameter", "message": "email is not valid in to"}, 400),
    account_error=Reply({"code": "unauthorized", "message": "Key not found"}, 401),
    batch=16,
    has_idempotency_keys=True,
)


# Mailjet


def _mailjet(item: Any) -> Seen:
    return visible_parts(
        sender=pair(item["From"], "Email", "Name"),
        to=pair(item["To"][0], "Email", "Name"),
        reply_to=pair(item.get("ReplyTo"), "Email", "Name"),
        subject=item["Subject"],
        text=item.get("TextPart", ""),
        html=item.get("HTMLPart", ""),
        headers=item.get("Headers", {}),
        images=pictures(
            item.get("InlinedAttachments", []), "ContentID", "ContentType", "Base64Content"
        ),
    )


def mailjet_error(status: int, code: str, words: str) -> Any:
    """Return Mailjet's answer for a message it does not take."""
    error = {
        "ErrorIdentifier": "88b5ca9f-5f1f-42e7-a45e-9ecbad0c285e",
        "ErrorCode": code,
        "StatusCode": status,
        "ErrorMessage": words,
        "ErrorRelatedTo": ["To[0].Email"],
    }
    return {"Status": "error", "Errors": [error]}


def _mailjet_answers(request: RecordedRequest, bad: Mapping[str, Any] | None = None) -> Reply:
    items = []
    for item in request.json["Messages"]:
        email = item["To"][0]["Email"]
        to = {
            "Email": email,
            "MessageUUID": "cb927469-36fd-4c02-bce4-0d199929a207",
            "MessageID": 70650219165027410,
            "MessageHref": "https://api.mailjet.com/v3/REST/message/70650219165027410",
        }
        ok = {"Status": "success", "CustomID": "", "To": [to], "Cc": [], "Bcc": []}
        items.append((bad or {}).get(email, ok))
    is_whole = all(item["Status"] == "success" for item in items)
    return Reply({"Messages": items}, 200 if is_whole else 400)


MAILJET = Provider(
    kind="mailjet",
    environment={"MAILJET_API_KEY": PUBLIC, "MAILJET_SECRET_KEY": SECRET},
    parse_messages=lambda request: [_mailjet(item) for item in request.json["Messages"]],
    parse_recipients=lambda request: [item["To"][0]["Email"] for item in request.json["Messages"]],
    accept_all=_mailjet_answers,
    accept_some=lambda request: _mailjet_answers(
        request,
        {
            "reader2@example.org": mailjet_error(400, "mj-0013", "is an invalid email address."),
            "reader3@example.org": mailjet_error(429, "mj-0020", "Too many requests."),
        },
    ),
    refusal=Reply(
        {"Messages": [mailjet_error(400, "mj-0013", "is an invalid email address.")]}, 400
    ),
    account_error=Reply(
        {
            "ErrorIdentifier": "06df1144-c6f3-4ca7-8885-7ec5d4344113",
            "ErrorCode": "mj-0002",
            "ErrorMessage": "API key authentication/authorization failure.",
            "StatusCode": 401,
        },
        401,
    ),
    batch=16,
    dropped=frozenset({"list-id"}),
)

PROVIDERS = (SES, MAILGUN, SPARKPOST, POSTMARK, SENDGRID, RESEND, BREVO, MAILJET)


def accept_some(provider: Provider) -> Callable[[RecordedRequest], Reply]:
    """Return what refuses reader2, defers reader3, and takes the others."""
    if provider.accept_some:
        return provider.accept_some

    def answer(request: RecordedRequest) -> Reply:
        (email,) = provider.parse_recipients(request)
        if email == "reader2@example.org":
            return provider.refusal
        if email == "reader3@example.org":
            return Reply({"message": "Slow down."}, 429, {"Retry-After": "7"})
        return provider.accept_all(request)

    return answer
