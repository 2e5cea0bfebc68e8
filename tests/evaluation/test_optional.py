"""Libraries that are absent are said, however they are absent."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder

import pytest

from anchorcrafter_core.errors import OptionError
from anchorcrafter_core.evaluation.optional import is_installed, need


class Blocked(MetaPathFinder):
    """An environment in which one library cannot be imported."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> None:
        """Refuse the library."""
        if name.partition(".")[0] == "colorsys":
            raise ModuleNotFoundError("blocked", name=name)


def test_a_library_that_cannot_be_imported_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_installed("colorsys") and not is_installed("no_such_library")
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Blocked(), *sys.meta_path])
    assert not is_installed("colorsys")


def test_what_to_install_is_said() -> None:
    with pytest.raises(OptionError, match=r"no no_such_library.*it for curves.*pip install no_such_library"):
        need("no_such_library.part", "curves")
