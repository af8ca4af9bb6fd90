"""
What a project has settled: `handbill.toml`, or `[tool.handbill]` in a `pyproject.toml`.

Every mistake of a file is shown at once, each with its key, its line where one can be found, what was given, what is
allowed and the nearest known name.
"""

from pipeline.config.appeal import AppealTable, AskTable, UtmTable, VariantTable
from pipeline.config.config_file import FILE, find_root, read_appeal, read_config
from pipeline.config.schema import NO_PROJECT, Config, DkimTable, PublicationTable
from pipeline.config.value_types import Known
from pipeline.config.when import read_when

__all__ = [
    "FILE",
    "NO_PROJECT",
    "AppealTable",
    "AskTable",
    "Config",
    "DkimTable",
    "Known",
    "PublicationTable",
    "UtmTable",
    "VariantTable",
    "find_root",
    "read_appeal",
    "read_config",
    "read_when",
]
