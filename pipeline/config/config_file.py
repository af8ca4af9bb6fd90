"""Find and read a configuration."""

from __future__ import annotations

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

CONFIG_FILE = "handbill.toml"


def find_project_root(start: Path) -> Path | None:
    """
    Return the nearest folder from *start* upward that has a configuration.

    Raises:
        ConfigError: A folder has two.
    """
    for folder in (start, *start.parents):
        has_file = (folder / CONFIG_FILE).is_file()
        has_table = _read_tool_table(folder / "pyproject.toml") is not None
        if has_file and has_table:
            raise ConfigError(
                f"{folder}: has both {CONFIG_FILE} and [tool.handbill] in pyproject.toml. Remove one of them."
            )
        if has_file or has_table:
            return folder
    return None


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
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: the file is not UTF-8. Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(
            f"{path}: the file cannot be read ({error.strerror}). Check its permissions."
        ) from error


def _read_tool_table(path: Path) -> dict[str, Any] | None:
    if not path.is_file() or b"handbill" not in path.read_bytes():
        return None
    tools = _read_toml(path).get("tool")
    table = tools.get("handbill") if isinstance(tools, dict) else None
    return table if isinstance(table, dict) else None


def _validate(
    table: dict[str, Any], known: KnownNames, path: Path, *, prefix: tuple[str, ...]
) -> Config:
    configured = table.get("senders")
    names = [*known.senders, *(configured if isinstance(configured, dict) else ())]
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
