"""
For tests, ours and those of plug-ins: a sender that only records, a clock set by hand, and what every sender must pass.
"""

from pipeline.testing.clock import ManualClock
from pipeline.testing.contract import SenderContract, sample_message
from pipeline.testing.recording import RecordingSender

__all__ = ["ManualClock", "RecordingSender", "SenderContract", "sample_message"]
