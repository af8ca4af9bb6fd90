"""DKIM keys and signatures."""
