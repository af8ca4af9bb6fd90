"""
What email services report about sent messages: bounces, complaints, unsubscriptions, deliveries.

1. `provider_webhook` is the base class: what each service defines, and what a report holds.
2. `webhook_secret` reads the secret that proves a report genuine, from the environment or a file.
3. `payload` reads the JSON of a report, which is foreign: any part of it may be missing or have another type.

Each service has a `webhook` beside its sender. Nothing here is recorded or changed: `pipeline.events` does that.
"""
