"""The judges: small nets that look at made frames alone; kept with the tests, so that no model is shipped with them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from anchorcrafter_core.errors import LoadError
from anchorcrafter_core.types import require

FOLDER = Path(__file__).parents[2] / "tests" / "judges"
JUDGED_SIZE = 192, 320
"""Width and height of the frames that the judges learned."""


class Judges(Protocol):
    """What the scores ask of a judge; frames are uint8 [F,3,H,W]."""

    def product_mask(self, frames: np.ndarray) -> np.ndarray:
        """Where the product is, bool [F,H,W]."""
        ...

    def hands(self, frames: np.ndarray) -> np.ndarray:
        """Middle of left and right hand, float [F,2,2], x and y in pixels, NaN where not visible."""
        ...

    def identity(self, frames: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """The product that frames show under masks bool [F,H,W]: float [F,D] of length 1, 0 for an empty mask."""
        ...

    def identity_of_views(self, views: np.ndarray) -> np.ndarray:
        """The product of three pictures on black, uint8 [3,3,S,S] to float [D] of length 1."""
        ...


def load_judges(folder: Path = FOLDER) -> Judges:
    """The judges that lie in a folder.

    Args:
        folder: with ``judges.py`` and its weights.

    Raises:
        LoadError: no judges there, or judges that have not been trained.
    """
    path = folder / "judges.py"
    remedy = f"Train them first, some 70 minutes on one core: {folder / 'README.md'} says how."
    name = "anchorcrafter_judges"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise LoadError(f"no {path}", "the code of the judges", "Run this in a whole checkout of the repository.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    absent = [name for name in module.WEIGHTS.values() if not (folder / name).is_file()]
    require(not absent, LoadError, f"no {', '.join(absent)} in {folder}", "the judges' weights", remedy)
    return cast(Judges, module.load_judges(folder))
