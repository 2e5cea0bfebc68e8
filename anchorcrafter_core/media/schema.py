"""YAML to frozen dataclasses: every key is known, every value has its type, and errors name the place."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import yaml

from ..errors import OptionError
from ..types import require

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Made = TypeVar("Made", bound="DataclassInstance")


class StrictLoader(yaml.SafeLoader):
    """YAML's safe loader, which refuses a key that stands twice instead of taking the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """The mapping of a node; raises ConstructorError for a repeated key."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, f"the key '{key.value}' twice", key.start_mark)
            seen |= {key.value} if isinstance(key, yaml.ScalarNode) else set()
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Mapping[str, Any]:
    """The mapping in a YAML file; nothing in it is ever run.

    Raises:
        OptionError: missing, not UTF-8, not YAML, a key twice, or no mapping.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig"), StrictLoader)
    except OSError as error:
        remedy = "Check the name and the folder."
        raise OptionError(f"no readable file {path} ({error.strerror})", "a YAML file", remedy) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise OptionError(f"{path}, which is not YAML ({reason})", "a YAML file in UTF-8", "Mend that line.") from error
    return as_mapping(content, str(path))


def as_mapping(content: object, where: str) -> Mapping[str, Any]:
    """``content`` itself; raises OptionError unless it is a mapping with words as keys."""
    if isinstance(content, Mapping) and all(isinstance(key, str) for key in content):
        return content
    remedy = "Put the values indented below their name, and names like 0 or yes in quotes."
    raise OptionError(f"{describe(content)} for {where}", "names with values (name: value)", remedy)


def describe(value: object) -> str:
    """A value in the words of YAML."""
    kinds: tuple[tuple[type, str], ...] = ((NoneType, "nothing"), (Mapping, "a mapping"), (list, "a list"))
    return next((words for kind, words in kinds if isinstance(value, kind)), repr(value))


def refuse_unknown(given: Mapping[str, Any], known: Sequence[str], where: str) -> None:
    """Raise OptionError for the first key that is not known, naming the nearest that is."""
    for key in given:
        near = difflib.get_close_matches(key, known, n=1)
        remedy = f"Did you mean '{near[0]}'?" if near else "Remove it."
        require(key in known, OptionError, f"the key '{key}' in {where}", f"one of {', '.join(known)}", remedy)


def refuse_file_of(command: str, sign: str, content: Mapping[str, Any]) -> None:
    """Raise OptionError for a file that was written for another command, which its key ``sign`` shows.

    Args:
        command: the other command.
        sign: a key that only its files have.
        content: of the file.
    """
    found, expected = f"the key '{sign}' in the file", f"a file without it; 'anchorcrafter {command}' takes such files"
    require(sign not in content, OptionError, found, expected, f"Run: anchorcrafter {command} FILE")


def build(kind: type[Made], content: object, where: str, base: Path) -> Made:
    """A dataclass from a mapping; of a class with a single needed field, a bare value stands for that field.

    Args:
        kind: dataclass of numbers, words, paths, tuples of them and further dataclasses.
        content: what YAML gave.
        where: place in the file, for messages.
        base: folder that relative paths start from.

    Raises:
        OptionError: unknown or missing key, or a value of another type.
    """
    needed = [row.name for row in fields(kind) if _is_needed(row)]
    is_bare = len(needed) == 1 and content is not None and not isinstance(content, Mapping)
    given = {needed[0]: content} if is_bare else as_mapping(content, where)
    refuse_unknown(given, [row.name for row in fields(kind)], where)
    absent = [name for name in needed if name not in given]
    require(not absent, OptionError, f"{where} without {', '.join(absent)}", ", ".join(needed), "Add it.")
    hints = get_type_hints(kind)
    return kind(**{name: convert(hints[name], value, f"{where}.{name}", base) for name, value in given.items()})


def _is_needed(row: Field[Any]) -> bool:
    return row.default is MISSING and row.default_factory is MISSING


def convert(hint: Any, value: object, where: str, base: Path) -> Any:
    """A YAML value as the type that a dataclass field states; arguments and errors as ``build``."""
    if get_origin(hint) in (Union, UnionType):
        wanted = next(member for member in get_args(hint) if member is not NoneType)
        return None if value is None else convert(wanted, value, where, base)
    if isinstance(hint, type) and is_dataclass(hint):
        return build(hint, value, where, base)
    reader = _COLLECTIONS.get(get_origin(hint), _scalar)
    return reader(hint, value, where, base)


def _tuple(hint: Any, value: object, where: str, base: Path) -> tuple[Any, ...]:
    """A list; a bare value stands for a list of one."""
    items = value if isinstance(value, list) else [value]
    return tuple(convert(get_args(hint)[0], item, f"{where}[{number}]", base) for number, item in enumerate(items))


def _dict(hint: Any, value: object, where: str, base: Path) -> dict[str, Any]:
    items = as_mapping(value, where).items()
    return {name: convert(get_args(hint)[1], item, f"{where}.{name}", base) for name, item in items}


def _choice(hint: Any, value: object, where: str, base: Path) -> object:
    choices = get_args(hint)
    require(value in choices, OptionError, f"{where} = {describe(value)}", " or ".join(choices), "Choose one of them.")
    return value


def _scalar(hint: Any, value: object, where: str, base: Path) -> object:
    expected, fits = _SCALARS[hint]
    require(fits(value), OptionError, f"{where} = {describe(value)}", expected, "Mend this line of the file.")
    if hint is Path:
        return base / _home_expanded(str(value), where)
    return float(str(value)) if hint is float else value


def word_or_path(value: str, words: Sequence[str], where: str, base: Path) -> str:
    """One of the words as it is, anything else as a path.

    Args:
        value: what was given.
        words: that are no paths.
        where: place in the file, for messages.
        base: folder that relative paths start from.

    Raises:
        OptionError: nearly one of the words, and no file; a home folder that nobody has.
    """
    if value in words:
        return value
    path = base / _home_expanded(value, where)
    near = difflib.get_close_matches(value.casefold(), words, n=1, cutoff=0.75)
    if near and not path.exists():
        remedy = f"Did you mean '{near[0]}'?"
        raise OptionError(f"{where}: {value!r}, which is no file", f"{' or '.join(words)}, or a path", remedy)
    return str(path)


def _home_expanded(text: str, where: str) -> Path:
    """A path with ``~`` replaced by the home folder; raises OptionError for the home of an unknown user."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise OptionError(f"{where} = {text!r}, a home that is not there", "a path", "Write it out.") from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_SCALARS: dict[Any, tuple[str, Callable[[object], bool]]] = {
    str: ("a word", lambda value: isinstance(value, str) and value != ""),
    Path: ("a path", lambda value: isinstance(value, str) and value != ""),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: ("a number, for example 1.0e-4", _is_number),
}
_COLLECTIONS: dict[Any, Callable[[Any, object, str, Path], object]] = {tuple: _tuple, dict: _dict, Literal: _choice}
