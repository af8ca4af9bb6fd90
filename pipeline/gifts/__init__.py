"""
Gifts: what the donation links of each issue brought, from what the processors export.

1. `exports` names the columns of each processor's export, and reads a file by them; `amounts` reads its money.
2. `gift_store` keeps each payment once, however often and in whatever order files are imported.
3. `attribution` finds the issue and the button of a payment by its reference code, `build_report` adds up; `splits`
   compares the variants of a split, and `disclosure` says what a report may tell.

4. `webhooks` reads what processors report at once.
5. `givers` marks the subscribers who gave, only where a project asks for it; else nothing about who gave is read.
"""

from pipeline.gifts.gift_report import GiftReport
from pipeline.gifts.gift_store import GiftImport, GiftStore

__all__ = ["GiftImport", "GiftReport", "GiftStore"]
