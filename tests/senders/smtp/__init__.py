"""Tests of the SMTP sender, against real servers."""
