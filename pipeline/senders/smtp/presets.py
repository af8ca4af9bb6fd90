"""
Well-known SMTP relays: hosts and ports from the documentation of each.

If a relay has several ports, the preset uses TLS from the first byte (RFC 8314 §3), else STARTTLS on 587.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pipeline.errors import ConfigError, suggest_name


@dataclass(frozen=True, kw_only=True, slots=True)
class RelayPreset:
    """
    The settings of a well-known relay.

    Args:
        host: With `{region}` if it depends on the region.
        regions: The host of each region, the default first; None if the host is built from a name like "eu-west-1".
        username: The user name, if all accounts use the same.
    """

    host: str = ""
    port: int = 0
    security: str | None = None
    username: str | None = None
    auth: str | None = None
    regions: dict[str, str] | None = None


PRESETS: dict[str, RelayPreset] = {
    "brevo": RelayPreset(host="smtp-relay.brevo.com", port=587, security="starttls"),
    "fastmail": RelayPreset(host="smtp.fastmail.com", port=465, security="tls"),
    "gmail": RelayPreset(host="smtp.gmail.com", port=465, security="tls"),
    "google-workspace": RelayPreset(host="smtp-relay.gmail.com", port=465, security="tls"),
    "mailersend": RelayPreset(host="smtp.mailersend.net", port=587, security="starttls"),
    "mailgun": RelayPreset(
        port=465,
        security="tls",
        regions={"us": "smtp.mailgun.org", "eu": "smtp.eu.mailgun.org"},
    ),
    "mailjet": RelayPreset(host="in-v3.mailjet.com", port=587, security="starttls"),
    "microsoft365": RelayPreset(
        host="smtp.office365.com", port=587, security="starttls", auth="xoauth2"
    ),
    "postmark": RelayPreset(host="smtp.postmarkapp.com", port=587, security="starttls"),
    "resend": RelayPreset(host="smtp.resend.com", port=465, security="tls", username="resend"),
    "sendgrid": RelayPreset(host="smtp.sendgrid.net", port=465, security="tls", username="apikey"),
    "ses": RelayPreset(host="email-smtp.{region}.amazonaws.com", port=465, security="tls"),
    "sparkpost": RelayPreset(
        port=587,
        security="starttls",
        username="SMTP_Injection",
        regions={"us": "smtp.sparkpostmail.com", "eu": "smtp.eu.sparkpostmail.com"},
    ),
}


def find_preset(name: str, *, region: str | None) -> RelayPreset:
    """
    Return the preset called *name*, with its host.

    Raises:
        ConfigError: No preset is called *name*, or the region is unknown or missing.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise ConfigError(
            f'The sender "smtp" does not know the preset {name!r}. Known: {", ".join(PRESETS)}.'
            f"{suggest_name(str(name), PRESETS)}"
        )
    return replace(preset, host=_host(name, preset, region))


def _host(name: str, preset: RelayPreset, region: str | None) -> str:
    if preset.regions:
        host = preset.regions.get(region or next(iter(preset.regions)))
        if host is None:
            raise ConfigError(
                f'The preset "{name}" does not know the region {region!r}. Known: {", ".join(preset.regions)}.'
            )
        return host
    if "{region}" not in preset.host:
        if region:
            raise ConfigError(f'The preset "{name}" has no regions. Remove "region".')
        return preset.host
    if not region or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", region):
        raise ConfigError(
            f'The preset "{name}" needs the region of the account, like region = "eu-west-1", not {region!r}.'
        )
    return preset.host.format(region=region)
