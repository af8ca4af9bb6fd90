"""
Relays known by name: hosts and ports as their own documentation gives them.

Where one offers several ways, TLS from the first octet is taken (RFC 8314 §3), else STARTTLS on 587.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import ConfigError, suggest_name


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """
    A relay known by name.

    Args:
        host: With `{region}` where there are several.
        regions: Those there are, the default first; empty where any name like "eu-west-1" may be one.
        username: The one name that all accounts log in with, where it is so.
    """

    host: str = ""
    port: int = 0
    security: str | None = None
    username: str | None = None
    auth: str | None = None
    regions: dict[str, str] | None = None


PRESETS: dict[str, Preset] = {
    "brevo": Preset(host="smtp-relay.brevo.com", port=587, security="starttls"),
    "fastmail": Preset(host="smtp.fastmail.com", port=465, security="tls"),
    "gmail": Preset(host="smtp.gmail.com", port=465, security="tls"),
    "google-workspace": Preset(host="smtp-relay.gmail.com", port=465, security="tls"),
    "mailersend": Preset(host="smtp.mailersend.net", port=587, security="starttls"),
    "mailgun": Preset(
        port=465,
        security="tls",
        regions={"us": "smtp.mailgun.org", "eu": "smtp.eu.mailgun.org"},
    ),
    "mailjet": Preset(host="in-v3.mailjet.com", port=587, security="starttls"),
    "microsoft365": Preset(
        host="smtp.office365.com", port=587, security="starttls", auth="xoauth2"
    ),
    "postmark": Preset(host="smtp.postmarkapp.com", port=587, security="starttls"),
    "resend": Preset(host="smtp.resend.com", port=465, security="tls", username="resend"),
    "sendgrid": Preset(host="smtp.sendgrid.net", port=465, security="tls", username="apikey"),
    "ses": Preset(host="email-smtp.{region}.amazonaws.com", port=465, security="tls"),
    "sparkpost": Preset(
        port=587,
        security="starttls",
        username="SMTP_Injection",
        regions={"us": "smtp.sparkpostmail.com", "eu": "smtp.eu.sparkpostmail.com"},
    ),
}


def find_preset(name: str, *, region: str | None) -> Preset:
    """
    Return the relay called *name*, its host settled.

    Raises:
        ConfigError: There is none, or it needs another region.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise ConfigError(
            f'The sender "smtp" has no preset {name!r}. Known: {", ".join(PRESETS)}.{suggest_name(str(name), PRESETS)}'
        )
    return Preset(
        host=_host(name, preset, region),
        port=preset.port,
        security=preset.security,
        username=preset.username,
        auth=preset.auth,
    )


def _host(name: str, preset: Preset, region: str | None) -> str:
    if preset.regions:
        host = preset.regions.get(region or next(iter(preset.regions)))
        if host is None:
            raise ConfigError(
                f'The preset "{name}" has no region {region!r}. Known: {", ".join(preset.regions)}.'
            )
        return host
    if "{region}" not in preset.host:
        if region:
            raise ConfigError(f'The preset "{name}" has no regions. Take "region" out.')
        return preset.host
    if not region or not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-[0-9]", region):
        raise ConfigError(
            f'The preset "{name}" needs the region of the account, like region = "eu-west-1"; {region!r} was given.'
        )
    return preset.host.format(region=region)
