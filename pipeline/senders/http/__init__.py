"""
What senders to services by HTTP share.

1. `options` checks what stands in `[senders.NAME]`, `secret` reads keys from the environment or a file.
2. `letter` reads a composed message back for services that want its texts, not its octets.
3. `connection` sends one request and knows, if no answer comes, whether it can have been taken.
4. `answer` reads what came back.
5. `service` is what each service says of itself.
6. `sender` hands messages over in batches and makes receipts of answers.
"""

from pipeline.senders.http.http_sender import HttpSender
from pipeline.senders.http.message_parts import Letter, read_letter
from pipeline.senders.http.response import Answer, Unreadable
from pipeline.senders.http.service import Batch, Outcome
from pipeline.senders.http.service_connection import Request

__all__ = [
    "Answer",
    "Batch",
    "HttpSender",
    "Letter",
    "Outcome",
    "Request",
    "Unreadable",
    "read_letter",
]
