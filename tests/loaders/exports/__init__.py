"""Tests of the loaders for exports of other systems."""
