"""Numbers checked against a node's own schema before its work: ComfyUI checks those of widgets, not those of links."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from numbers import Real
from typing import Any

from comfy_api.latest import io

from ..anchorcrafter_core.errors import OptionError
from ..anchorcrafter_core.types import require

KINDS = {"INT": "a whole number", "FLOAT": "a number"}
"""Types of inputs that take numbers, in words."""


def with_checked_numbers(node: type[io.ComfyNode]) -> type[io.ComfyNode]:
    """The same node, whose ``execute`` (not async) raises OptionError for a number that its schema does not allow."""
    numbers = numbers_of(node)

    class Checked(node):
        """Checks, then does what the node does."""

        @classmethod
        def execute(cls, **given: Any) -> io.NodeOutput:
            """Check, execute; ``cls`` is a copy that the host makes for every call."""
            return super().execute(**given | checked(given, numbers))

    Checked.__name__, Checked.__module__, Checked.__doc__ = node.__name__, node.__module__, node.__doc__
    return Checked


def numbers_of(node: type[io.ComfyNode]) -> dict[str, io.Input]:
    """Inputs of a node that take numbers, by name; each has ``min`` and ``max``."""
    return {socket.id: socket for socket in node.define_schema().inputs if socket.io_type in KINDS}


def checked(given: Mapping[str, Any], numbers: Mapping[str, io.Input]) -> dict[str, int | float]:
    """What is given for the inputs that take numbers, as the types that their names promise.

    Args:
        given: values by the names of inputs.
        numbers: inputs that take numbers, by name.

    Raises:
        OptionError: no number, one out of range, or a share of one where whole ones are taken; 4.0 is a whole number.
    """
    return {name: _number(given[name], socket) for name, socket in numbers.items() if name in given}


def _number(value: Any, socket: io.Input) -> int | float:
    """``value`` as int or float; raises OptionError if ``socket`` does not take it."""
    found = f"{socket.id} = {reprlib.repr(value)}"
    expected = f"{KINDS[socket.io_type]} from {socket.min} to {socket.max}"
    remedy = f"Change the number that the node linked to '{socket.id}' gives."
    require(_fits(value, socket), OptionError, found, expected, remedy)
    return int(value) if socket.io_type == "INT" else float(value)


def _fits(value: Any, socket: io.Input) -> bool:
    """Whether ``socket`` takes a value; comparisons with NaN are false."""
    is_number = isinstance(value, Real) and not isinstance(value, bool) and socket.min <= value <= socket.max
    return is_number and (socket.io_type != "INT" or value == math.floor(value))
