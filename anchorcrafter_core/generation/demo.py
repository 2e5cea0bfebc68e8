"""The demonstration: a synthetic scene written as files, as a user would have them, and a run over these files."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..builtin.scenes import SceneOptions, describe_scene, product_views, reference_picture, render_frame
from ..controls.draw_pose import draw_pose
from ..controls.openpose import as_openpose
from ..errors import OptionError
from ..loading.choice import BUILT_IN, ModelChoice
from ..media.images import as_array, write_image
from ..media.partial_file import partial_file
from ..media.video_writer import VideoSpec, video_writer
from ..types import SamplingOptions, require, require_sides
from .case import Listener
from .config import (
    CaseName,
    ComputeInput,
    MotionInput,
    OutputSettings,
    PersonInput,
    ProductInput,
    RunConfig,
)
from .run import RunManner, generate

CLIP_CRF = 6


@dataclass(frozen=True)
class DemoOptions:
    """What the demonstration shows; OptionError and ConditionError refuse what cannot be.

    Attributes:
        video: where the result goes.
        width: in pixels, a multiple of 64.
        height: in pixels, a multiple of 64.
        frames: frames of the result.
        steps: Euler steps.
        seed: decides scene and noise.
        keep_inputs: folder for the files that go in, ``None`` throws them away.
    """

    video: Path
    width: int = 192
    height: int = 320
    frames: int = 17
    steps: int = 8
    seed: int = 2
    keep_inputs: Path | None = None

    def __post_init__(self) -> None:
        SamplingOptions(steps=self.steps, seed=self.seed)
        require_sides(self.width, self.height)
        require(self.frames >= 1, OptionError, f"frames = {self.frames}", ">= 1", "Change frames.")


def run_demo(options: DemoOptions, listener: Listener) -> Path:
    """Make the demonstration video.

    Raises:
        AnchorError: no room on the disk.
    """
    with _input_folder(options.keep_inputs) as folder:
        write_scene(SceneOptions(options.width, options.height, options.frames, options.seed), folder, listener)
        return generate(demo_config(options, folder), RunManner(again=True), listener)[0]


@contextmanager
def _input_folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="anchorcrafter-") as folder:
        yield Path(folder)


def demo_config(options: DemoOptions, folder: Path) -> RunConfig:
    """The run over the files of ``write_scene``."""
    return RunConfig(
        model=ModelChoice(BUILT_IN),
        persons={"person": PersonInput(folder / "person.png", folder / "person.json")},
        products={"product": ProductInput(tuple(folder / f"product_{view}.png" for view in range(3)))},
        motions={
            "show": MotionInput(
                pose=folder / "pose.mp4",
                hand=folder / "hand.mp4",
                track=folder / "track.mp4",
                video=folder / "driving.mp4",
                stride=1,
            )
        },
        cases=(CaseName("person", "product", "show", name=options.video.stem),),
        output=OutputSettings(options.video.parent),
        size=f"{options.width}x{options.height}",
        sampling={"steps": options.steps, "seed": options.seed},
        compute=ComputeInput("cpu"),
    )


def write_scene(options: SceneOptions, folder: Path, listener: Listener) -> None:
    """Write a scene as the files of a case.

    ``person.png`` and its pose ``person.json``; ``product_0.png`` ... ``product_2.png``; ``pose.mp4``, ``hand.mp4``,
    ``track.mp4`` and ``driving.mp4``; ``key_points.json`` and ``boxes.json`` as other ways to say the same.

    Args:
        options: the scene.
        folder: where to.
        listener: told of every frame.

    Raises:
        ConditionError: sides that are no multiples of 64.
        MediaError: no room.
    """
    scene = describe_scene(options)
    picture, pose = reference_picture(scene)
    write_image(folder / "person.png", picture)
    write_json(folder / "person.json", as_openpose(pose, options.height, options.width))
    for number, view in enumerate(product_views(scene)):
        write_image(folder / f"product_{number}.png", view)
    spec = VideoSpec(options.height, options.width, options.fps, CLIP_CRF)
    poses, boxes = [], {}
    with (
        video_writer(folder / "driving.mp4", spec) as driving,
        video_writer(folder / "pose.mp4", spec) as drawn,
        video_writer(folder / "hand.mp4", spec) as hand,
        video_writer(folder / "track.mp4", spec) as track,
    ):
        for number in range(options.frames):
            frame = render_frame(scene, number)
            driving.write(frame.image)
            drawn.write(as_array(draw_pose(frame.pose, options.height, options.width)))
            hand.write(frame.hand)
            track.write(frame.track)
            poses.append(as_openpose(frame.pose, options.height, options.width))
            boxes |= {str(number): frame.box.tolist()} if frame.box.any() else {}
            listener.progress("drawing the scene", number + 1, options.frames)
    write_json(folder / "key_points.json", poses)
    write_json(folder / "boxes.json", {"size": [options.width, options.height], "boxes": boxes})


def write_json(path: Path, content: object) -> None:
    """Write JSON whole or not at all."""
    with partial_file(path) as partial:
        partial.write_text(json.dumps(content) + "\n", encoding="utf-8")
