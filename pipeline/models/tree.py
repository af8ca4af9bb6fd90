"""Visit, change, serialize and read trees of frozen dataclasses: an article, an edition or any part of one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def walk(tree: object) -> Iterator[Any]:
    """
    Yield every dataclass instance in *tree*, each before what it contains, in reading order.

    *tree* is a dataclass instance or a tuple of them, nested to any depth; other values are skipped.
    """
    if isinstance(tree, tuple):
        for item in tree:
            yield from walk(item)
    elif hasattr(tree, "__dataclass_fields__"):
        yield tree
        for name in _field_names(tree):
            value = getattr(tree, name)
            if isinstance(value, tuple) or hasattr(value, "__dataclass_fields__"):
                yield from walk(value)


def map_nodes(tree: T, change: Callable[[Any], Any]) -> T:
    """
    Return *tree* with *change* applied to every dataclass instance and every single value in it, innermost first.

    Args:
        change: Returns the replacement of a value, or the value itself; never called with a tuple.
    """
    if isinstance(tree, tuple):
        return tuple(map_nodes(item, change) for item in tree)  # type: ignore[return-value]
    if not hasattr(tree, "__dataclass_fields__"):
        return change(tree)  # type: ignore[no-any-return]
    changed = {}
    for name in _field_names(tree):
        before = getattr(tree, name)
        after = map_nodes(before, change)
        if after is not before and after != before:
            changed[name] = after
    return change(replace(tree, **changed) if changed else tree)  # type: ignore[type-var, no-any-return]


def to_json(tree: Any) -> Any:  # Any: a tree in, whatever JSON can hold out
    """
    Return *tree* as JSON values: tuples as lists, dates in ISO 8601, enums by value, decimals as
    strings, bytes as their SHA-256.

    A dataclass becomes an object with its fields and, if its class has a `type`, that one first.
    """
    if isinstance(tree, tuple):
        return [to_json(item) for item in tree]
    if isinstance(tree, date):
        return tree.isoformat()
    if isinstance(tree, Enum):
        return tree.value
    if isinstance(tree, Decimal):
        return str(tree)
    if isinstance(tree, bytes):
        return hashlib.sha256(tree).hexdigest()
    if not hasattr(tree, "__dataclass_fields__"):
        return tree
    kind = {"type": tree.type} if hasattr(tree, "type") else {}
    return kind | {name: to_json(getattr(tree, name)) for name in _field_names(tree)}


def from_json(kind: Any, form: Any) -> Any:  # Any: a type and JSON in, an instance of the type out
    """
    Return the tree of *kind*, a type or union of types, that `to_json()` wrote as *form*.

    Raises:
        KeyError, TypeError, ValueError: *form* is not what it wrote.
    """
    origin, members = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if form is None else from_json(_choose_member(members, form), form)
    if origin is tuple:
        if members[1:] != (Ellipsis,):
            return tuple(map(from_json, members, form))
        return tuple(from_json(members[0], item) for item in form)
    if not isinstance(kind, type):
        return form  # a literal, a mapping
    if issubclass(kind, date):
        return (datetime if len(form) > len("2026-11-30") else date).fromisoformat(form)
    if issubclass(kind, Enum | Decimal):
        return kind(form)
    if not hasattr(kind, "__dataclass_fields__"):
        return form
    types = _types_in(kind)  # type: ignore[arg-type]  # a class can be hashed
    return kind(**{name: from_json(types[name], form[name]) for name in types if name in form})


def _choose_member(members: tuple[Any, ...], form: Any) -> Any:  # Any: types, and JSON
    """Return which of *members* a union holds: a node by its `type`, else the only one that is not None."""
    kinds = [member for member in members if member is not NoneType]
    if len(kinds) == 1:
        return kinds[0]
    return next(kind for kind in kinds if kind.type == form["type"])


@cache
def _types_in(kind: type[Any]) -> dict[str, Any]:  # Any: types
    hints = get_type_hints(kind)
    return {name: hints[name] for name in _names_in(kind)}  # type: ignore[arg-type]  # likewise


def _field_names(node: Any) -> tuple[str, ...]:  # Any: a dataclass instance
    return _names_in(type(node))  # type: ignore[arg-type]  # a class can be hashed


@cache
def _names_in(kind: type[Any]) -> tuple[str, ...]:  # Any: a dataclass
    return tuple(f.name for f in fields(kind))
