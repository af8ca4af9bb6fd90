"""All email services that report."""

from __future__ import annotations

from tests.senders.webhooks.reporter import Reporter
from tests.senders.webhooks.services.brevo import BREVO_REPORTER
from tests.senders.webhooks.services.mailgun import MAILGUN_REPORTER
from tests.senders.webhooks.services.mailjet import MAILJET_REPORTER
from tests.senders.webhooks.services.postmark import POSTMARK_REPORTER
from tests.senders.webhooks.services.resend import RESEND_REPORTER
from tests.senders.webhooks.services.sendgrid import SENDGRID_REPORTER
from tests.senders.webhooks.services.ses import SES_REPORTER
from tests.senders.webhooks.services.sparkpost import SPARKPOST_REPORTER

REPORTERS: tuple[Reporter, ...] = (
    POSTMARK_REPORTER,
    SPARKPOST_REPORTER,
    BREVO_REPORTER,
    MAILJET_REPORTER,
    RESEND_REPORTER,
    MAILGUN_REPORTER,
    SENDGRID_REPORTER,
    SES_REPORTER,
)
