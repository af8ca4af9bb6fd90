"""Plug-ins chosen by name: built-ins from a table, others from entry points, all imported on first use."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar, cast

from pipeline.errors import ConfigError, UnknownName, suggest_name

T = TypeVar("T")


class Registry(Generic[T]):
    """
    The classes that can be chosen by name for one task.

    Args:
        label: What they are, for messages: "sender".
        group: The entry-point group of plug-ins.
        builtin: Name to `module:Class`.
    """

    def __init__(self, label: str, *, group: str, builtin: Mapping[str, str]) -> None:
        self.label = label
        self.group = group
        self._builtin = builtin

    @cached_property
    def _plugins(self) -> dict[str, EntryPoint]:
        plugins: dict[str, EntryPoint] = {}
        for entry in entry_points(group=self.group):
            other = plugins.get(entry.name)
            if entry.name in self._builtin or (other and other.value != entry.value):
                package = entry.dist.name if entry.dist else entry.value
                raise ConfigError(
                    f'The package {package} defines a {self.label} "{entry.name}", but that name is already used. '
                    "Uninstall the package, or ask its author to rename it."
                )
            plugins[entry.name] = entry
        return plugins

    def list_names(self) -> list[str]:
        """Return all names, built-ins first."""
        return [*self._builtin, *sorted(self._plugins)]

    def get_class(self, name: str) -> type[T]:
        """
        Return the class called *name*.

        Raises:
            UnknownName: No class has this name; the message lists those that exist.
            ConfigError: A plug-in cannot be imported.
        """
        if name in self._builtin:
            module, _, attribute = self._builtin[name].partition(":")
            return cast("type[T]", getattr(import_module(module), attribute))
        if name not in self._plugins:
            raise UnknownName(
                f'No {self.label} is called "{name}". Known: {", ".join(self.list_names())}.'
                f"{suggest_name(name, self.list_names())}"
            )
        try:
            return cast("type[T]", self._plugins[name].load())
        except Exception as error:  # a plug-in may raise anything at import
            raise ConfigError(
                f'Cannot import the {self.label} "{name}" ({self._plugins[name].value}): {error!r}. '
                "Reinstall its package."
            ) from error
