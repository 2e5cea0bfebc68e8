"""Where ComfyUI is: the checkout that ``COMFYUI_PATH`` names, or the one whose custom_nodes holds this repository."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
INTERPRETERS = (".venv/bin/python", "venv/bin/python", ".venv/Scripts/python.exe", "../python_embeded/python.exe")
"""Where installations of ComfyUI keep their Python, from the checkout."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Host:
    """An installation of ComfyUI.

    Attributes:
        checkout: the folder with main.py.
        python: interpreter that has its requirements.
    """

    checkout: Path
    python: str


def find_host(environment: Mapping[str, str], root: Path = ROOT) -> Host | None:
    """The installation to test in, or ``None``.

    Args:
        environment: ``COMFYUI_PATH`` names the checkout, ``COMFYUI_PYTHON`` its interpreter.
        root: this repository, as it was reached: ``custom_nodes`` may hold a link.
    """
    named = environment.get("COMFYUI_PATH")
    checkout = Path(named) if named else root.parents[1]
    if not (checkout / "main.py").is_file() or not (checkout / "comfy").is_dir():
        return None
    return Host(checkout.resolve(), environment.get("COMFYUI_PYTHON") or interpreter(checkout))


def interpreter(checkout: Path) -> str:
    """The Python that a checkout of ComfyUI has beside it, else the one that runs this."""
    found = [checkout / name for name in INTERPRETERS if (checkout / name).is_file()]
    return str(found[0]) if found else sys.executable


def find_browser(environment: Mapping[str, str]) -> str | None:
    """A Chromium: ``CHROMIUM``, or one on the search path."""
    return environment.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def other_frontends(environment: Mapping[str, str]) -> list[Path]:
    """Folders of further frontends to open the workflows in: ``COMFYUI_FRONTENDS``, separated like a search path."""
    return [Path(name) for name in environment.get("COMFYUI_FRONTENDS", "").split(os.pathsep) if name]
