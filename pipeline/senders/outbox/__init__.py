"""Messages as files: `outbox_sender` writes them to a folder, `outbox_delivery` sends them from there."""
