"""Deliver a campaign: freeze its recipients, claim, compose, send, settle."""
