"""
Tracking parameters: what other sites, ad networks and newsletter services add to URLs to follow readers.

The loader removes them from links, and the check reports those that are still there: both use this list.
"""

from __future__ import annotations

import re

_TRACKING = re.compile(
    r"utm_\w+|hsa_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|"
    r"mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi|__hstc|__hsfp|__hssc|hsctatracking|oly_anon_id|oly_enc_id|vero_id|vero_conv|"
    r"wickedid|_openstat|ref_src|ref_url|s_cid|ncid|cmpid|rb_clickid|sc_cid|at_medium|at_campaign|piwik_\w+|pk_\w+|"
    r"mtm_\w+|matomo_\w+|srsltid|_gl|ck_subscriber_id|bxid|spm",
    re.IGNORECASE,
)


def is_tracking_parameter(name: str) -> bool:
    """Whether the query parameter *name* only serves to follow readers: without it the URL leads to the same page."""
    return _TRACKING.fullmatch(name) is not None
