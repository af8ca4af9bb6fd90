"""Variants at random: who received which, what each brought, and whether that tells which is better."""
