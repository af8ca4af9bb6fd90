"""The tables of a configuration, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from pipeline.config.appeal import AppealTable
from pipeline.config.value_types import (
    ConfigTable,
    DomainName,
    Duration,
    EmailAddress,
    FilePath,
    HttpsUrl,
    LanguageTag,
    Mailto,
    Percent,
    PositiveInt,
    PublicUrl,
    QuietHours,
    Selector,
    SenderNames,
    SingleLine,
    StoreUrl,
    ThemeName,
    TimeZone,
    UnsubscribeUrl,
    VariableName,
)
from pipeline.no_reply import refuses_replies


class PublicationTable(ConfigTable):
    """`[publication]`."""

    name: Annotated[SingleLine, Field(min_length=1)]
    from_: Annotated[EmailAddress, Field(alias="from")]
    reply_to: EmailAddress | None = None
    postal_address: str = ""
    website: HttpsUrl | None = None
    past_issues: HttpsUrl | None = None
    subscribe_url: HttpsUrl | None = None
    welcomes_replies: bool | None = None
    language: LanguageTag = "en"
    timezone: TimeZone = "UTC"
    public_url: PublicUrl | None = None
    unsubscribe: Mailto | None = None
    unsubscribe_by_hand: bool = False
    unsubscribe_url: UnsubscribeUrl | None = None

    @field_validator("welcomes_replies")
    @classmethod
    def _require_reachable(cls, welcomes: bool | None, info: ValidationInfo) -> bool | None:
        address = info.data.get("reply_to") or info.data.get("from_")
        if welcomes and address and refuses_replies(address):
            raise ValueError(
                f"it invites replies, and they go to {address}. Set reply_to to an address that somebody reads."
            )
        return welcomes

    @field_validator("unsubscribe_by_hand")
    @classmethod
    def _require_mailto(cls, by_hand: bool, info: ValidationInfo) -> bool:
        if by_hand and not info.data.get("unsubscribe"):
            raise ValueError(
                "it says that somebody reads the mail to unsubscribe, and unsubscribe is missing. Set both."
            )
        return by_hand


class NotesTable(ConfigTable):
    """`[notes]`."""

    anchors: Literal["mail", "web", "none"] = "mail"


class SizeTable(ConfigTable):
    """`[size]`."""

    policy: Literal["warn", "trim", "notes-online", "excerpt"] = "warn"
    limit: Annotated[int, Field(ge=20_000)] = 100_000


class SenderTable(ConfigTable):
    """`[sender]`."""

    default: SenderNames = "outbox"


class SenderOptions(BaseModel):
    """`[senders.NAME]`: the kind, and the options of that kind."""

    model_config = ConfigDict(extra="allow", frozen=True)

    kind: str

    @property
    def options(self) -> Mapping[str, Any]:  # Any: whatever that kind of sender accepts
        """All options except the kind."""
        return self.model_extra or {}


class DkimKeyTable(ConfigTable):
    """`[[dkim.keys]]`: one more key, in a file or in an environment variable."""

    selector: Selector
    key_file: FilePath | None = None
    key_env: VariableName | None = None


class DkimTable(ConfigTable):
    """`[dkim]`: the domain, the first key and further keys."""

    domain: DomainName | None = None
    selector: Selector = "handbill"
    key_file: FilePath | None = None
    key_env: VariableName = "HANDBILL_DKIM_KEY"
    keys: tuple[DkimKeyTable, ...] = ()


class LimitsTable(ConfigTable):
    """Limits of `[pacing]`, `[pacing.senders.NAME]` and `[pacing.domains."NAME"]`."""

    per_second: PositiveInt | None = None
    per_minute: PositiveInt | None = None
    per_hour: PositiveInt | None = None
    per_day: PositiveInt | None = None


class SenderLimitsTable(LimitsTable):
    """`[pacing.senders.NAME]`."""

    warm_up: tuple[PositiveInt, ...] = ()


class PacingTable(SenderLimitsTable):
    """`[pacing]`."""

    senders: dict[str, SenderLimitsTable] = Field(default_factory=dict)
    domains: dict[str, LimitsTable] = Field(default_factory=dict)
    quiet: QuietHours | None = None
    pause_above: Percent = 25


class ScheduleTable(ConfigTable):
    """`[schedule]`."""

    stale_after: Duration = "12h"
    approval: bool = False


class ImapTable(ConfigTable):
    """`[bounces.imap]`: the mailbox that is read, and how to log in."""

    host: Annotated[SingleLine, Field(min_length=1)]
    port: PositiveInt | None = None
    security: Literal["tls", "starttls", "none"] = "tls"
    username: Annotated[SingleLine, Field(min_length=1)]
    auth: Literal["password", "xoauth2"] = "password"
    password_env: VariableName | None = None
    password_file: FilePath | None = None
    token_env: VariableName | None = None
    token_command: str | tuple[str, ...] | None = None
    ca_file: FilePath | None = None
    folder: Annotated[SingleLine, Field(min_length=1)] = "INBOX"
    done_folder: Annotated[SingleLine, Field(min_length=1)] = "Handbill"
    every: Duration = "1m"


class BouncesTable(ConfigTable):
    """`[bounces]`."""

    address: EmailAddress | None = None
    forward_replies_to: EmailAddress | None = None
    forward_by: SenderNames | None = None
    imap: ImapTable | None = None

    @field_validator("address")
    @classmethod
    def _limit_local_part(cls, address: str | None) -> str | None:
        local = address.rpartition("@")[0].rpartition("<")[2] if address else ""
        if len(local) > 20 or "+" in local:
            raise ValueError(
                "a token of up to 40 characters follows after a +. Use at most 20 characters before the @, without +."
            )
        return address


class SignupTable(ConfigTable):
    """`[signup]`."""

    per_hour: PositiveInt = 300
    per_domain: PositiveInt = 60
    per_network: PositiveInt = 20
    proof_of_work: bool = False


class ListTable(ConfigTable):
    """`[lists.NAME]`."""

    signup: bool = False
    title: SingleLine = ""
    description: str = ""
    welcome: FilePath | None = None


class GiftsTable(ConfigTable):
    """`[gifts]`."""

    match_subscribers: bool = False
    webhooks: tuple[Literal["actblue", "stripe"], ...] = ()
    actblue_secret_file: FilePath | None = None
    stripe_secret_file: FilePath | None = None


class ArchiveTable(ConfigTable):
    """`[archive]`."""

    url: PublicUrl | None = None
    visibility: Literal["public", "unlisted"] = "public"
    lists: tuple[SingleLine, ...] | None = None
    search: bool = False


class WorkerTable(ConfigTable):
    """`[worker]`."""

    engine: Literal["embedded", "procrastinate"] = "embedded"
    concurrency: PositiveInt = 4


class StoreTable(ConfigTable):
    """`[store]`."""

    url: StoreUrl = "sqlite:///.handbill/handbill.db"
    password_env: SingleLine | None = None


class ThemeTable(ConfigTable):
    """`[theme]`."""

    name: ThemeName = "default"
    logo: SingleLine | None = None
    logo_dark: SingleLine | None = None
    logo_alt: SingleLine = ""
    logo_width: Annotated[int, Field(ge=16, le=600)] | None = None
    logo_with_name: bool = False

    @field_validator("logo_dark")
    @classmethod
    def _require_logo(cls, dark: str | None, info: ValidationInfo) -> str | None:
        if dark and not info.data.get("logo"):
            raise ValueError("it replaces logo in dark mode, and logo is missing. Set both.")
        return dark

    @field_validator("logo_with_name")
    @classmethod
    def _require_image(cls, with_name: bool, info: ValidationInfo) -> bool:
        if with_name and not info.data.get("logo"):
            raise ValueError("it shows logo above the name, and logo is missing. Set both.")
        return with_name


class Config(ConfigTable):
    """The whole configuration."""

    publication: PublicationTable
    appeal: AppealTable | None = None
    notes: NotesTable = NotesTable()
    size: SizeTable = SizeTable()
    sender: SenderTable = SenderTable.model_construct()
    senders: dict[str, SenderOptions] = Field(default_factory=dict)
    dkim: DkimTable | None = None
    pacing: PacingTable = PacingTable()
    schedule: ScheduleTable = ScheduleTable()
    bounces: BouncesTable = BouncesTable()
    signup: SignupTable = SignupTable()
    lists: dict[str, ListTable] = Field(default_factory=dict)
    gifts: GiftsTable = GiftsTable()
    archive: ArchiveTable = ArchiveTable()
    store: StoreTable = StoreTable()
    worker: WorkerTable = WorkerTable()
    theme: ThemeTable = ThemeTable.model_construct()


#: The configuration outside any project: enough to write a message to the outbox.
DEFAULT_CONFIG = Config.model_construct(
    publication=PublicationTable.model_construct(
        name="Handbill",
        from_="Handbill <newsletter@handbill.example>",
        postal_address="Street and number, postcode, town",  # the same placeholder as in a new project: a warning
    )
)
