"""Tests of senders: messages in, receipts out."""
