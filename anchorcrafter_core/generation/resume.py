"""What a run has finished so far, kept on disk so that it can go on after a kill: latents per step, decoded chunks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor

from ..media.disk import explained_disk
from ..media.partial_file import partial_file
from ..sampling.loop import Start

_LATENTS = "latents.safetensors"
_FINGERPRINT = "fingerprint.txt"


@dataclass(frozen=True)
class WorkFolder:
    """The unfinished work of one case; made by ``open_work``.

    Attributes:
        path: folder that holds nothing else.
    """

    path: Path

    def start(self) -> Start | None:
        """Where sampling goes on, ``None`` if no step was finished; a copy: the file may be replaced meanwhile."""
        path = self.path / _LATENTS
        if not path.exists():
            return None
        with safe_open(path, framework="pt") as file:
            return Start(int(file.metadata()["steps_done"]), file.get_tensor("latents").clone())

    def keep_latents(self, steps_done: int, latents: Tensor) -> None:
        """Replace the kept latents [1,F,4,h,w] by those after ``steps_done`` steps.

        Raises:
            MediaError: no room on the disk.
        """
        with explained_disk(self.path), partial_file(self.path / _LATENTS) as partial:
            content = {"latents": latents.detach().cpu().contiguous()}
            partial.write_bytes(save(content, {"steps_done": str(steps_done)}))

    def keep_chunk(self, first: int, frames: Tensor) -> None:
        """Keep decoded frames uint8 [f,3,H,W] that begin with latent frame ``first``.

        Raises:
            MediaError: no room on the disk.
        """
        path = self.path / f"frames_{first:08d}.safetensors"
        with explained_disk(self.path), partial_file(path) as partial:
            partial.write_bytes(save({"frames": frames.contiguous()}))

    def frames_decoded(self) -> int:
        """Number of latent frames whose pictures are kept, from the first on."""
        return sum(_length(path) for path in self._chunks())

    def decoded(self) -> Iterator[Tensor]:
        """The kept chunks in order, uint8 [f,3,H,W], one in memory at a time."""
        return (load_file(path)["frames"].clone() for path in self._chunks())

    def _chunks(self) -> list[Path]:
        return sorted(path for path in self.path.glob("frames_*.safetensors") if ".part." not in path.name)

    def remove(self) -> None:
        """Delete the folder and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)


def _length(path: Path) -> int:
    with safe_open(path, framework="pt") as file:
        return file.get_slice("frames").get_shape()[0]


def open_work(path: Path, fingerprint: str) -> WorkFolder:
    """The work folder of a case, emptied if it belongs to other inputs or numbers, or if a file in it is damaged.

    Args:
        path: the folder; made if it is missing.
        fingerprint: digest of everything that the result depends on.

    Raises:
        MediaError: the folder cannot be written.
    """
    folder, label = WorkFolder(path), path / _FINGERPRINT
    if not (label.exists() and label.read_text(encoding="utf-8") == fingerprint and _is_readable(folder)):
        folder.remove()
    with explained_disk(path), partial_file(label) as partial:
        partial.write_text(fingerprint, encoding="utf-8")
    return folder


def _is_readable(folder: WorkFolder) -> bool:
    try:
        folder.start()
        folder.frames_decoded()
    except (SafetensorError, OSError, KeyError, ValueError):
        return False
    return True
