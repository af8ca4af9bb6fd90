"""
Messages that come back: bounces, complaints, automatic replies, unsubscribes, replies.

`read_message()` says what one is. It trusts nothing in it: a message may be forged, broken, huge or nested; reading
takes bounded time and memory, and never fails.
"""

from __future__ import annotations

from pipeline.inbound.inbound_message import Feedback, InboundKind, InboundMessage, InboundRecipient
from pipeline.inbound.reading.read_message import read_message

__all__ = ["Feedback", "InboundKind", "InboundMessage", "InboundRecipient", "read_message"]
