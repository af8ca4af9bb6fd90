"""
For tests of Handbill and of plug-ins: a sender that records messages, a clock set by hand, and the contract of senders.
"""

from pipeline.testing.manual_clock import ManualClock
from pipeline.testing.recording_sender import RecordingSender
from pipeline.testing.sender_contract import SenderContract, sample_message

__all__ = ["ManualClock", "RecordingSender", "SenderContract", "sample_message"]
