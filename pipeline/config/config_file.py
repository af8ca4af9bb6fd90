"""Find and read a configuration."""

from __future__ import annotations

import logging
import os
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.config.appeal import AppealTable
from pipeline.config.schema import Config
from pipeline.config.validation_errors import format_validation_errors
from pipeline.config.value_types import KnownNames
from pipeline.errors import ConfigError

log = logging.getLogger(__name__)

CONFIG_FILE = "handbill.toml"


def find_project_root(start: Path) -> Path | None:
    """
    Return the nearest folder from *start* upward that has a configuration.

    Above *start*, a configuration or theme that belongs to another user is not used, as git does (CVE-2022-24765):
    whoever may write to a folder above, such as /tmp, would choose who is mailed what.

    Raises:
        ConfigError: A folder has two.
    """
    for folder in (start, *start.parents):
        path, pyproject = folder / CONFIG_FILE, folder / "pyproject.toml"
        has_file, may_have_table = path.is_file(), _mentions_handbill(pyproject)
        if folder != start and not all(
            _is_own(each, folder)
            for each, is_used in ((path, has_file), (pyproject, may_have_table))
            if is_used
        ):
            continue
        has_table = may_have_table and _read_tool_table(pyproject) is not None
        if has_file and has_table:
            raise ConfigError(
                f"{folder}: has both {CONFIG_FILE} and [tool.handbill] in pyproject.toml. Remove one of them."
            )
        if (has_file or has_table) and (folder == start or _is_own(folder / "templates", folder)):
            return folder
    return None


def _is_own(path: Path, folder: Path) -> bool:
    """Whether *path*, in *folder*, belongs to this user or to root, or does not exist."""
    trusted = {0, os.geteuid()}
    if os.geteuid() == 0 and (user := os.environ.get("SUDO_UID", "")).isdigit():
        trusted.add(int(user))
    if not path.exists() or path.stat().st_uid in trusted:
        return True
    log.warning(
        "%s belongs to another user and is not used. If you trust it, add --project %s.",
        path,
        folder,
        extra={"action": "config.foreign"},
    )
    return False


def read_config(root: Path, known: KnownNames) -> Config:
    """
    Read the configuration in the folder *root*.

    Raises:
        ConfigError: It is invalid; the message lists all errors, one per line.
    """
    path = root / CONFIG_FILE
    if path.is_file():
        return _validate(_read_toml(path), known, path, prefix=())
    path = root / "pyproject.toml"
    return _validate(_read_tool_table(path) or {}, known, path, prefix=("tool", "handbill"))


def read_appeal(
    base: AppealTable | None, overrides: Mapping[str, Any], known: KnownNames, where: str
) -> AppealTable:
    """
    Return *base* with the keys of an article's front matter in place of its own.

    Raises:
        ConfigError: *overrides* are invalid; *where* names the article.
    """
    values = base.model_dump(exclude_unset=True, by_alias=True) if base else {}
    for key, other in (("position", "positions"), ("positions", "position")):
        if key in overrides:
            values.pop(other, None)
    try:
        return AppealTable.model_validate({**values, **overrides}, context=known)
    except ValidationError as error:
        raise ConfigError(
            format_validation_errors(error.errors(), where, above=("appeal",))
        ) from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: invalid TOML: {error}. Fix that line and try again.") from error
    except RecursionError:
        raise ConfigError(
            f"{path}: its lists or tables are nested too deeply. Remove the extra brackets."
        ) from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the file is not UTF-8. Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read ({error.strerror}). Check its permissions."
        ) from error


def _mentions_handbill(path: Path) -> bool:
    return path.is_file() and b"handbill" in path.read_bytes()


def _read_tool_table(path: Path) -> dict[str, Any] | None:
    if not _mentions_handbill(path):
        return None
    tools = _read_toml(path).get("tool")
    table = tools.get("handbill") if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def _validate(
    table: dict[str, Any], known: KnownNames, path: Path, *, prefix: tuple[str, ...]
) -> Config:
    configured = table.get("senders")
    names = [*(configured if isinstance(configured, dict) else ()), *known.senders]
    known = KnownNames(
        senders=list(dict.fromkeys(names)), themes=known.themes, parse_address=known.parse_address
    )
    try:
        return Config.model_validate(table, context=known)
    except ValidationError as error:
        text = path.read_text(encoding="utf-8-sig")
        raise ConfigError(
            format_validation_errors(error.errors(), str(path), prefix, text=text)
        ) from error
