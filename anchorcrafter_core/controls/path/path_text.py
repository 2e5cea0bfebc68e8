"""A product path as plain JSON: what the editor keeps in its widget, so that shared workflows carry it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from typing import NoReturn, TypeVar

from ...errors import ControlError
from ...types import require
from .product_path import CURVES, EASES, REMEDY, KeyBox, ProductPath

Choice = TypeVar("Choice")

VERSION = 1
LONGEST = 4_000_000
"""Characters; a hundred thousand keys fit."""
FORM = '{"version": 1, "width", "height", "frames", "curve", "keys": [{"frame", "x", "y", "w", "h", ...}]}'
PATH_KEYS = {"version", "width", "height", "frames", "keys"}
KEY_NUMBERS = {"x", "y", "w", "h"}
KEY_OPTIONS = {"rotation", "ease", "in_front"}


def path_text(path: ProductPath) -> str:
    """JSON of a path; ``parse_path`` gives the same path back.

    Args:
        path: any.
    """
    head = {"version": VERSION, "width": path.width, "height": path.height, "frames": path.frames, "curve": path.curve}
    return json.dumps({**head, "keys": [asdict(key) for key in path.keys]}, separators=(",", ":"))


def parse_path(text: str) -> ProductPath:
    """The path in a JSON text of ``path_text`` or of the editor; keys may stand in any order.

    Args:
        text: JSON, version 1.

    Raises:
        ControlError: no JSON, another version, a missing or unknown entry, an impossible number (which, where).
    """
    content = json_of(text)
    if not isinstance(content, Mapping):
        raise ControlError(f"a product path that is {_kind(content)}", FORM, REMEDY)
    require_names(content, PATH_KEYS, {"curve"}, "the product path")
    version = content["version"]
    found = f"version {version!r} of the product path"
    require(version == VERSION and not isinstance(version, bool), ControlError, found, f"version {VERSION}", REMEDY)
    keys = content["keys"]
    if not isinstance(keys, list):
        raise ControlError(f"keys that are {_kind(keys)}", "a list of key boxes", REMEDY)
    sides = {name: _whole(content, name, "the product path") for name in ("width", "height", "frames")}
    boxes = tuple(_key(key, place) for place, key in enumerate(keys))
    return ProductPath(boxes, **sides, curve=_choice(content, "curve", CURVES, "the product path"))


def json_of(text: str) -> object:
    """The content of a JSON text.

    Args:
        text: at most ``LONGEST`` characters.

    Raises:
        ControlError: empty, longer, no JSON, NaN or Infinity in it, or one name twice in one object.
    """
    require(len(text) <= LONGEST, ControlError, f"a text of {len(text):,} characters", f"{LONGEST:,} at most", REMEDY)
    require(bool(text.strip()), ControlError, "an empty product path", FORM, REMEDY)
    try:
        return json.loads(text, parse_constant=_refused, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise ControlError(f"a product path that is no JSON ({error})", FORM, REMEDY) from error


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError(f"a name twice in {names[:12]}")
    return dict(pairs)


def require_names(entry: Mapping[str, object], needed: Set[str], possible: Set[str], where: str) -> None:
    """Raise unless an object has all needed entries and no unknown one.

    Args:
        entry: parsed JSON.
        needed: names.
        possible: further names that are understood.
        where: in the message.

    Raises:
        ControlError: it has not.
    """
    missing, unknown = sorted(needed - entry.keys()), sorted(entry.keys() - needed - possible)
    require(not missing, ControlError, f"no {', '.join(missing)} in {where}", ", ".join(sorted(needed)), REMEDY)
    named = ", ".join(unknown[:8])[:200]
    require(not unknown, ControlError, f"unknown {named} in {where}", ", ".join(sorted(needed | possible)), REMEDY)


def _key(entry: object, place: int) -> KeyBox:
    where = f"key box {place + 1}"
    if not isinstance(entry, Mapping):
        raise ControlError(f"{where} that is {_kind(entry)}", "frame, x, y, w, h by name", REMEDY)
    require_names(entry, KEY_NUMBERS | {"frame"}, KEY_OPTIONS, where)
    numbers = {name: number_of(entry, name, where) for name in sorted(KEY_NUMBERS | {"rotation"} & entry.keys())}
    in_front = entry.get("in_front", True)
    if not isinstance(in_front, bool):
        raise ControlError(f"in_front = {_shown(in_front)} in {where}", "true or false", REMEDY)
    ease = _choice(entry, "ease", EASES, where)
    return KeyBox(_whole(entry, "frame", where), **numbers, ease=ease, in_front=in_front)


def _choice(entry: Mapping[str, object], name: str, choices: Sequence[Choice], where: str) -> Choice:
    """One of some words; the first where nothing is said."""
    value = entry.get(name, choices[0])
    for choice in choices:
        if value == choice:
            return choice
    raise ControlError(f"{name} = {_shown(value)} in {where}", " or ".join(map(str, choices)), REMEDY)


def number_of(entry: Mapping[str, object], name: str, where: str) -> float:
    """A finite number of an object.

    Args:
        entry: parsed JSON.
        name: of the number.
        where: in the message.

    Raises:
        ControlError: it is none.
    """
    value = entry.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ControlError(f"{name} = {_shown(value)} in {where}", "a number", REMEDY)
    is_sane = abs(value) < 1e300 and math.isfinite(value)
    require(is_sane, ControlError, f"{name} = {_shown(value)} in {where}", "a finite number", REMEDY)
    return float(value)


def _whole(entry: Mapping[str, object], name: str, where: str) -> int:
    number = number_of(entry, name, where)
    require(number == int(number), ControlError, f"{name} = {number} in {where}", "a whole number", REMEDY)
    return int(number)


def _kind(value: object) -> str:
    kinds = {list: "a list", dict: "an object", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _shown(value: object) -> str:
    return repr(value)[:80]
