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
    The classes that may be chosen by name for one task.

    Args:
        label: What they are, for messages: "sender".
        group: The entry-point group third parties use.
        builtin: Name to `module:Class`.
    """

    def __init__(self, label: str, *, group: str, builtin: Mapping[str, str]) -> None:
        self.label = label
        self.group = group
        self._builtin = builtin

    @cached_property
    def _plugins(self) -> dict[str, EntryPoint]:
        found: dict[str, EntryPoint] = {}
        for entry in entry_points(group=self.group):
            other = found.get(entry.name)
            if entry.name in self._builtin or (other and other.value != entry.value):
                owner = entry.dist.name if entry.dist else entry.value
                raise ConfigError(
                    f'The package {owner} offers a {self.label} named "{entry.name}", a name that is taken. '
                    "Uninstall it, or ask its author for another name."
                )
            found[entry.name] = entry
        return found

    def list_names(self) -> list[str]:
        """Return all names that can be chosen, built-ins first."""
        return [*self._builtin, *sorted(self._plugins)]

    def get_class(self, name: str) -> type[T]:
        """
        Return the class of that name.

        Raises:
            UnknownName: There is none; the message lists those there are.
            ConfigError: A third party's class cannot be imported.
        """
        if name in self._builtin:
            module, _, attribute = self._builtin[name].partition(":")
            return cast("type[T]", getattr(import_module(module), attribute))
        if name not in self._plugins:
            raise UnknownName(
                f'There is no {self.label} "{name}". Known: {", ".join(self.list_names())}.'
                f"{suggest_name(name, self.list_names())}"
            )
        try:
            return cast("type[T]", self._plugins[name].load())
        except Exception as error:  # a stranger's module may raise anything at import
            raise ConfigError(
                f'The {self.label} "{name}" ({self._plugins[name].value}) cannot be imported: {error!r}. '
                "Reinstall the package that offers it."
            ) from error
