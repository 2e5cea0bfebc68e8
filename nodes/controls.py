"""HOI Control Signals: driving clips, key points, masks and boxes to control signals."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io
from torch import Tensor

from ..anchorcrafter_core.errors import ControlError
from ..anchorcrafter_core.footage.report import report_on
from ..anchorcrafter_core.media.resize import cover_and_crop
from ..anchorcrafter_core.types import require
from .driving import make_controls
from .driving_inputs import BLUE_FIRST, DRAWN, FITS, HAND_WAYS, MOVES, RED_FIRST, STAYS, Driving, Shape
from .host import bytes_to_image, image_to_bytes, show_warnings
from .kept_frames import host_store, kept_image
from .motion_files import NOTHING_SAVED, motion_mark, motion_options
from .motion_pictures import fit_of, report_text
from .sockets import CATEGORY, ControlSignalsSocket, DrivingMotionSocket

CLIP_TYPES = [io.Video, io.Image]
KeyPoints = io.Custom("POSE_KEYPOINT")
BoundingBoxes = io.Custom("BOUNDING_BOX")


class HOIControlSignals(io.ComfyNode):
    """Fits a driving clip to a person."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words."""
        return io.Schema(
            node_id="HOIControlSignals",
            display_name="HOI Control Signals",
            category=CATEGORY,
            description="Brings everything that says how the person, the hands and the product move to one frame size "
            "and length, fitted to the person. Needs a motion (from 'Driving Motion' or saved), key points, or a drawn "
            "pose clip; every other signal that is connected goes before what the motion holds.",
            inputs=[
                io.Image.Input("person", tooltip="Picture of the person."),
                *_widgets(), *_clips(), *_places(), *_motion(),
            ],
            outputs=[
                ControlSignalsSocket.Output(display_name="controls", tooltip="For 'Dual Adapter Apply'."),
                io.Image.Output(display_name="pose", tooltip="The skeletons of all driving frames, to look at."),
                io.Image.Output(display_name="hand", tooltip="The hands of all driving frames, to look at."),
                io.Image.Output(display_name="track", tooltip="The product of all driving frames, to look at."),
                io.Image.Output(display_name="person", tooltip="The person picture cut to the frame size."),
                io.Image.Output(
                    display_name="fit", tooltip="Skeletons, hands and product over the person: do they fit?"
                ),
                io.String.Output(
                    display_name="report", tooltip="Coverage of hands and product, contact, warnings: JSON."
                ),
            ],
            hidden=[io.Hidden.unique_id],
        )

    @classmethod
    def fingerprint_inputs(cls, saved_motion: str | None = NOTHING_SAVED, **others: Any) -> str:
        """Changes when a saved motion is replaced; what is connected is ``None`` here."""
        return motion_mark(saved_motion)

    @classmethod
    def execute(
        cls,
        person: Tensor,
        width: int,
        height: int,
        stride: int,
        max_frames: int,
        align: str,
        fps: float = 0.0,
        pose_colors: str = BLUE_FIRST,
        **more: Any,
    ) -> io.NodeOutput:
        """Check, read, fit; ``person`` is IMAGE [B,H,W,C]."""
        chosen = {name: more.pop(name) for name in ("saved_motion", "hands", "product_place") if name in more}
        shape = Shape(width, height, stride, max_frames, align, fps, pose_colors, **chosen)
        words = ("no picture in 'person'", "one picture of the person", "Connect another picture.")
        require(len(person) > 0, ControlError, *words)
        picture = image_to_bytes(person[:1])[0]
        controls, warnings = make_controls(picture, Driving(**more), shape)
        store = host_store(3 * controls.frames)
        shown = [kept_image(clip[1:], store) for clip in (controls.pose, controls.hand, controls.track)]
        framed = cover_and_crop(picture, *controls.size)
        report = report_on(controls, warnings=warnings)
        show_warnings(report.warnings, cls.hidden.unique_id)
        return io.NodeOutput(
            controls, *shown, bytes_to_image(framed[None]), fit_of(controls, framed), report_text(report)
        )


def _widgets() -> list[io.Input]:
    side = "in pixels, a multiple of 64; 0 follows the person picture"
    return [
        io.Int.Input("width", default=0, min=0, max=4096, step=64, tooltip=f"Width of the video {side}."),
        io.Int.Input("height", default=0, min=0, max=4096, step=64, tooltip=f"Height of the video {side}."),
        io.Int.Input(
            "stride", default=2, min=1, max=60,
            tooltip="Every so many driving frames one is used. 2 (published) suits clips of 25 to 30 frames per "
            "second; the video keeps the clip's speed.",
        ),
        io.Int.Input("max_frames", default=0, min=0, max=100000, tooltip="Frames of the video at most; 0: all."),
        io.Combo.Input(
            "align", options=list(FITS), default="none",
            tooltip="How the driving clip is fitted to the person; all but none need key points of both. none: leave "
            "everything where it is, for clips made for this picture or for its frame: they are cut as the picture is. "
            "global: shift and scale the whole clip, as published. similarity: the same without distortion, from head "
            "and trunk. per-bone: also give the skeleton the person's own bone lengths; hands and product follow.",
        ),
    ]


def _clips() -> list[io.Input]:
    return [
        io.MultiType.Input(
            "pose", CLIP_TYPES, optional=True,
            tooltip="Drawn skeletons, VIDEO or IMAGE. Or connect pose_keypoint.",
        ),
        io.MultiType.Input(
            "hand", CLIP_TYPES, optional=True, tooltip="Rendered hands, light on black, VIDEO or IMAGE."
        ),
        io.MultiType.Input(
            "track", CLIP_TYPES, optional=True,
            tooltip="Depth of the product, near is bright, black elsewhere, VIDEO or IMAGE. Without it: from boxes, "
            "else from object_mask.",
        ),
        KeyPoints.Input(
            "pose_keypoint", optional=True,
            tooltip="Key points of the driving clip, one entry per frame; drawn here. Those of 'Driving Motion' are of "
            "used frames: without its motion they need stride 1.",
        ),
        KeyPoints.Input(
            "person_keypoint", optional=True,
            tooltip="Key points of the person picture: the skeleton of the reference frame, and what align needs.",
        ),
    ]


def _places() -> list[io.Input]:
    return [
        io.Mask.Input(
            "object_mask", optional=True,
            tooltip="Where the product is in every driving frame. Without it: where the track shows something.",
        ),
        io.Mask.Input(
            "hand_mask", optional=True,
            tooltip="Where the hands are in every driving frame. Without it: where the hand clip shows something.",
        ),
        BoundingBoxes.Input(
            "bounding_boxes", optional=True, extra_dict={"forceInput": True},
            tooltip="Boxes around the product in pixels of the driving clip, one per frame or one for all.",
        ),
        io.String.Input(
            "boxes", default="", multiline=True, optional=True,
            tooltip='Boxes around the product as JSON, by driving frame: {"0": [x0, y0, x1, y1], "30": [...]}, in '
            "pixels of the driving clip or in shares of its sides; linear between.",
        ),
        io.Float.Input(
            "fps", default=0.0, min=0.0, max=240.0, step=0.01, optional=True,
            tooltip="Frames per second of the driving clip. 0: what the VIDEO says, 30 for IMAGE.",
        ),
        io.Combo.Input(
            "pose_colors", options=[BLUE_FIRST, RED_FIRST], default=BLUE_FIRST, optional=True,
            tooltip="In which colours 'pose' is drawn: right shoulder and arm blue, or red. The network knows blue; "
            "red is swapped. Key points need no choice.",
        ),
    ]


def _motion() -> list[io.Input]:
    return [
        DrivingMotionSocket.Input(
            "motion", optional=True,
            tooltip="From 'Driving Motion': pose, hands and product of a driving clip. Its stride counts then.",
        ),
        io.Combo.Input(
            "saved_motion", options=motion_options(), default=NOTHING_SAVED, optional=True,
            tooltip="A motion that 'Driving Motion' has saved, in place of a connected one (press R to see new ones).",
        ),
        io.Combo.Input(
            "hands", options=list(HAND_WAYS), default=DRAWN, optional=True,
            tooltip="Hands where no hand clip is connected: drawn from the key points (an approximation of the "
            "published hand meshes), or left out.",
        ),
        io.Combo.Input(
            "product_place", options=[MOVES, STAYS], default=MOVES, optional=True,
            tooltip="Whether track, object_mask and boxes belong to the driving clip and move with the person, or were "
            "made for this very picture ('Product Path') and stay.",
        ),
    ]


NODES = [HOIControlSignals]
