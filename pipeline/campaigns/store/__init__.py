"""Tables and queries: campaigns, editions, recipients, deliveries."""
