"""Tests of the sender for django-anymail."""
