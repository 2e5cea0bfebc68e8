"""ComfyUI's VIDEO, preview and several-types-in-one-socket, as far as the nodes use them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import pytest
from torch import Tensor

from tests.nodes.fake_host import Socket


@dataclass
class VideoComponents:
    """Frames [F,H,W,3] in 0..1, sound and rate."""

    images: Tensor
    audio: Any
    frame_rate: Fraction


class VideoFromComponents:
    """A VIDEO in memory."""

    def __init__(self, components: VideoComponents) -> None:
        self.components = components

    def get_components(self) -> VideoComponents:
        """Everything."""
        return self.components

    def get_stream_source(self) -> str:
        """The host would encode the frames for this."""
        raise AssertionError("frames in memory must not be encoded")


class VideoFromFile:
    """A VIDEO over a file, perhaps trimmed to some frames."""

    def __init__(self, file: str, trimmed: Tensor | None = None) -> None:
        self.file, self.trimmed = file, trimmed

    def get_stream_source(self) -> str:
        """The file, whole."""
        return self.file

    def get_duration(self) -> float:
        """Seconds that are shown."""
        if self.trimmed is not None:
            return len(self.trimmed) / 30
        with av.open(self.file) as container:
            return (container.duration or 0) / av.time_base

    def get_components(self) -> VideoComponents:
        """Frames of a trimmed file; whole ones must be streamed."""
        assert self.trimmed is not None, "a whole file must be streamed"
        return VideoComponents(self.trimmed, None, Fraction(30))


def several_types(id: str, types: list[type], **given: Any) -> Socket:
    """An input that takes more than one type."""
    return Socket(",".join(vars(each)["io_type"] for each in types), id, given)


def preview_image(image: Tensor, cls: type) -> dict[str, Any]:
    """What a node shows on itself."""
    return {"images": image, "node": cls}


def give_media(patch: pytest.MonkeyPatch) -> None:
    """Put these types beside the others of the stand-in for the host."""
    latest: Any = sys.modules["comfy_api.latest"]
    patch.setattr(latest.io, "MultiType", SimpleNamespace(Input=several_types), raising=False)
    patch.setattr(latest.ui, "PreviewImage", preview_image, raising=False)
    kinds = SimpleNamespace(VideoFromComponents=VideoFromComponents, VideoFromFile=VideoFromFile)
    patch.setattr(latest, "InputImpl", kinds, raising=False)
    patch.setattr(latest, "Types", SimpleNamespace(VideoComponents=VideoComponents), raising=False)
