"""
The configuration of a project: `handbill.toml`, or `[tool.handbill]` in a `pyproject.toml`.

All errors of a file are reported together, each with its key, its line where it can be found, the value given, what is
allowed, and the most similar known name.
"""

from pipeline.config.appeal import AppealContentTable, AppealTable, UtmTable, VariantTable
from pipeline.config.config_file import CONFIG_FILE, find_project_root, read_appeal, read_config
from pipeline.config.schema import DEFAULT_CONFIG, Config, DkimTable, PublicationTable
from pipeline.config.value_types import KnownNames, parse_condition

__all__ = [
    "CONFIG_FILE",
    "DEFAULT_CONFIG",
    "AppealContentTable",
    "AppealTable",
    "Config",
    "DkimTable",
    "KnownNames",
    "PublicationTable",
    "UtmTable",
    "VariantTable",
    "find_project_root",
    "parse_condition",
    "read_appeal",
    "read_config",
]
