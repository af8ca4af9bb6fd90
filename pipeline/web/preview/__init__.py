"""
The preview: shows a newsletter in the browser while it is written, on this machine only.

1. `sources` opens articles, campaigns and saved messages; `LiveArticle` renders an article again after every change.
2. `messages` shows one message as email clients do, and reports what it contains.
3. `sending` counts, schedules and sends.
4. `session` keeps what is open; `routes` answer the browser; `access` admits only the browser with the key.
"""
