"""Tables and queries: campaigns, deliveries, editions."""
