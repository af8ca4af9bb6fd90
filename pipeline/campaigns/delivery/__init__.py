"""Deliver a campaign: claim recipients, compose, send, settle."""
