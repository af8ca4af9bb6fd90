"""The tables of a configuration, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from pipeline.config.appeal import AppealTable
from pipeline.config.value_types import (
    Address,
    Count,
    Domain,
    FilePath,
    HttpsUrl,
    Language,
    Line,
    Mailto,
    Percent,
    Quiet,
    Selector,
    SenderNames,
    Span,
    StoreUrl,
    ThemeName,
    UrlWithToken,
    Variable,
    Zone,
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class PublicationTable(_Table):
    """`[publication]`."""

    name: Annotated[Line, Field(min_length=1)]
    from_: Annotated[Address, Field(alias="from")]
    reply_to: Address | None = None
    postal_address: str = ""
    website: HttpsUrl | None = None
    language: Language = "en"
    timezone: Zone = "UTC"
    unsubscribe: Mailto | None = None
    unsubscribe_url: UrlWithToken | None = None


class NotesTable(_Table):
    """`[notes]`."""

    anchors: Literal["mail", "web", "none"] = "mail"


class SizeTable(_Table):
    """`[size]`."""

    policy: Literal["warn", "trim", "notes-online", "excerpt"] = "warn"
    limit: Annotated[int, Field(ge=20_000)] = 100_000


class SenderTable(_Table):
    """`[sender]`."""

    default: SenderNames = "outbox"


class SenderOptions(BaseModel):
    """`[senders.NAME]`: the kind, and options only that kind knows."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def options(self) -> Mapping[str, Any]:  # Any: whatever the sender of that kind takes
        """Everything but the kind."""
        return self.model_extra or {}


class DkimKeyTable(_Table):
    """`[[dkim.keys]]`: one more key; it stands in a file or in a variable."""

    selector: Selector
    key_file: FilePath | None = None
    key_env: Variable | None = None


class DkimTable(_Table):
    """`[dkim]`: the domain, the first key and, where there are more, the others."""

    domain: Domain | None = None
    selector: Selector = "handbill"
    key_file: FilePath | None = None
    key_env: Variable = "HANDBILL_DKIM_KEY"
    keys: tuple[DkimKeyTable, ...] = ()


class LimitsTable(_Table):
    """Limits of `[pacing]`, `[pacing.senders.NAME]` and `[pacing.domains."NAME"]`."""

    per_second: Count | None = None
    per_minute: Count | None = None
    per_hour: Count | None = None
    per_day: Count | None = None


class SenderPaceTable(LimitsTable):
    """`[pacing.senders.NAME]`."""

    warm_up: tuple[Count, ...] = ()


class PacingTable(SenderPaceTable):
    """`[pacing]`."""

    senders: dict[str, SenderPaceTable] = {}
    domains: dict[str, LimitsTable] = {}
    quiet: Quiet | None = None
    pause_above: Percent = 25


class ScheduleTable(_Table):
    """`[schedule]`."""

    stale_after: Span = "12h"
    approval: bool = False


class StoreTable(_Table):
    """`[store]`."""

    url: StoreUrl = "sqlite:///.handbill/handbill.db"
    password_env: Line | None = None


class ThemeTable(_Table):
    """`[theme]`."""

    name: ThemeName = "default"
    logo: Line | None = None
    logo_dark: Line | None = None
    logo_alt: Line = ""
    logo_width: Annotated[int, Field(ge=16, le=600)] | None = None

    @field_validator("logo_dark")
    @classmethod
    def _beside_logo(cls, dark: str | None, info: ValidationInfo) -> str | None:
        if dark and not info.data.get("logo"):
            raise ValueError("it is shown in place of logo, which is missing. Name both.")
        return dark


class Config(_Table):
    """A whole configuration."""

    publication: PublicationTable
    appeal: AppealTable | None = None
    notes: NotesTable = NotesTable()
    size: SizeTable = SizeTable()
    sender: SenderTable = SenderTable.model_construct()
    senders: dict[str, SenderOptions] = {}
    dkim: DkimTable | None = None
    pacing: PacingTable = PacingTable()
    schedule: ScheduleTable = ScheduleTable()
    store: StoreTable = StoreTable()
    theme: ThemeTable = ThemeTable.model_construct()


#: What holds outside any project: enough to see a mail in the outbox.
DEFAULT_CONFIG = Config.model_construct(
    publication=PublicationTable.model_construct(
        name="Handbill",
        from_="Handbill <letters@handbill.example>",
        postal_address="Street and number, postcode, town",  # as `init` writes it: a warning
    )
)
