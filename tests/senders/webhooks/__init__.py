"""Tests of the webhooks of email services."""
