"""The audience: who wants to be written to, who no longer does, and who never again."""
