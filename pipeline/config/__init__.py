"""
What a project has settled: `handbill.toml`, or `[tool.handbill]` in a `pyproject.toml`.

Every mistake of a file is shown at once, each with its key, its line where one can be found, what was given, what is
allowed and the nearest known name.
"""

from pipeline.config.appeal import AppealContentTable, AppealTable, UtmTable, VariantTable
from pipeline.config.config_file import CONFIG_FILE, find_project_root, read_appeal, read_config
from pipeline.config.schema import DEFAULT_CONFIG, Config, DkimTable, PublicationTable
from pipeline.config.value_types import KnownNames
from pipeline.config.when import parse_condition

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
