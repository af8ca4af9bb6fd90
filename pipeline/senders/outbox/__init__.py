"""Messages as files: `outbox_sender` writes them to a folder, `manifest` lists them."""
