"""Tests of senders: what becomes of messages."""
