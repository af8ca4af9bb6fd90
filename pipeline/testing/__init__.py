"""
For tests, ours and those of plug-ins: a sender that only records, a clock set by hand, and what every sender must pass.
"""

from pipeline.testing.manual_clock import ManualClock
from pipeline.testing.recording_sender import RecordingSender
from pipeline.testing.sender_contract import SenderContract, sample_message

__all__ = ["ManualClock", "RecordingSender", "SenderContract", "sample_message"]
