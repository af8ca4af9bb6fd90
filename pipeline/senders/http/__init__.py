"""
Senders that call a provider's HTTP API.

1. `sender_options` checks the options in `[senders.NAME]`; `api_key` reads keys from the environment or a file.
2. `http_sender` is the base class: what each provider defines, and which receipts follow from a response.
3. `batches` groups messages and sends several batches at a time.
4. `api_message` gives the content of a message to providers that do not accept MIME.
5. `service_connection` sends one request and knows, if no response comes, whether the provider may have received it.
6. `service_response` reads the response.
"""

from pipeline.senders.http.api_message import ApiMessage, read_api_message
from pipeline.senders.http.batch_results import Batch, BatchResult
from pipeline.senders.http.http_sender import HttpSender
from pipeline.senders.http.service_connection import ServiceRequest
from pipeline.senders.http.service_response import ServiceResponse, UnexpectedResponse

__all__ = [
    "ApiMessage",
    "Batch",
    "BatchResult",
    "HttpSender",
    "ServiceRequest",
    "ServiceResponse",
    "UnexpectedResponse",
    "read_api_message",
]
