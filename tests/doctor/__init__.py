"""Tests of the doctor: against a name server on loopback."""
