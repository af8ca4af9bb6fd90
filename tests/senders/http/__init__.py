"""Tests of senders with an HTTP API, against a recording server."""
