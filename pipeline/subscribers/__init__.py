"""The subscriber store: subscribers, their lists, tags and consent, and the suppression list."""
