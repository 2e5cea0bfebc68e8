"""Driving Motion: a driving clip looked at once, for any number of people."""

from __future__ import annotations

import json
from typing import Any

from comfy_api.latest import io

from .instruments import BUILT_IN_TRACKER, DEPTH_FROM_MASK, depth_options, model_mark, tracker_options
from .motion_files import keep_motion, require_motion_name
from .motion_looking import NO_MESHES, PEOPLE, Connected, Manner, key_points_of, left_out, look, mesh_mark, mesh_options
from .motion_pictures import mask_of, sheet_of, track_of
from .sockets import CATEGORY, DrivingMotionSocket

CLIP_TYPES = [io.Video, io.Image]
KeyPoints = io.Custom("POSE_KEYPOINT")
BoundingBoxes = io.Custom("BOUNDING_BOX")


class DrivingMotion(io.ComfyNode):
    """Looks at a driving clip."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and their words; lists of models are read anew every time."""
        return io.Schema(
            node_id="DrivingMotion",
            display_name="Driving Motion",
            category=CATEGORY,
            description="Finds the person's pose and the product in an ordinary video. Done once; 'HOI Control "
            "Signals' fits the motion to any person. Say where the product is in one frame (box or mask) to have it "
            "followed.",
            inputs=[
                io.MultiType.Input("driving", CLIP_TYPES, tooltip="The driving clip, VIDEO or IMAGE."),
                *_widgets(),
                *_given(),
            ],
            outputs=[
                DrivingMotionSocket.Output(display_name="motion", tooltip="For 'HOI Control Signals'."),
                KeyPoints.Output(display_name="pose_keypoint", tooltip="Key points of the used frames."),
                io.Mask.Output(display_name="object_mask", tooltip="Where the product is, to look at."),
                io.Image.Output(display_name="track", tooltip="The product's depth, to look at."),
                io.Image.Output(display_name="sheet", tooltip="Some frames with what was found in them."),
                io.String.Output(
                    display_name="report", tooltip="Frames found, filled and lost, confidence, warnings: JSON."
                ),
            ],
            is_output_node=True,
        )

    @classmethod
    def fingerprint_inputs(
        cls,
        tracker: str | None = BUILT_IN_TRACKER,
        depth_from: str | None = DEPTH_FROM_MASK,
        hand_meshes: str | None = NO_MESHES,
        **others: Any,
    ) -> str:
        """Changes when a chosen file or model is replaced; what is connected is ``None`` here."""
        return "; ".join([model_mark(tracker), model_mark(depth_from), mesh_mark(hand_meshes)])

    @classmethod
    def execute(cls, driving: Any, download: bool, save_as: str = "", **values: Any) -> io.NodeOutput:
        """Check, look, perhaps save."""
        fields = {name: values.pop(name) for name in Manner.__dataclass_fields__ if name in values}
        name = require_motion_name(save_as)
        connected = Connected(**values)
        looked = look(driving, connected, Manner(**fields), download)
        if name:
            keep_motion(name, looked)
        warnings = (*left_out(connected), *looked.warnings())
        text = json.dumps({"warnings": warnings, **looked.as_json()}, ensure_ascii=False, indent=1)
        shown = mask_of(looked.motion), track_of(looked.motion), sheet_of(driving, looked.motion)
        return io.NodeOutput(looked.motion, key_points_of(looked), *shown, text)


def _widgets() -> list[io.Input]:
    return [
        io.Int.Input(
            "stride",
            default=2,
            min=1,
            max=60,
            tooltip="Every so many driving frames one is used. 2 (published) suits clips of 25 to 30 frames per "
            "second; the video keeps the clip's speed.",
        ),
        io.Int.Input("max_frames", default=0, min=0, max=100000, tooltip="Frames used at most; 0: all."),
        io.Combo.Input(
            "person",
            options=list(PEOPLE),
            default="main",
            tooltip="Which person, if there are several. main: large and central for long.",
        ),
        io.Int.Input(
            "fill_gaps",
            default=8,
            min=0,
            max=1000,
            tooltip="Where a person or joint is not seen for at most so many used frames, it is filled in.",
        ),
        io.Boolean.Input("smooth", default=False, tooltip="Take jitter out of the key points (One-Euro filter)."),
        io.Combo.Input(
            "tracker",
            options=tracker_options(),
            default=BUILT_IN_TRACKER,
            tooltip="What follows the product: the built-in tracker, or a SAM 2 folder in models/anchorcrafter.",
        ),
        io.Combo.Input(
            "depth_from",
            options=depth_options(),
            default=DEPTH_FROM_MASK,
            tooltip="Depth of the product: from the mask (larger is nearer), or a Depth Anything folder in "
            "models/anchorcrafter. A connected depth clip goes before both.",
        ),
        io.Boolean.Input(
            "download",
            default=False,
            tooltip="Fetch the pose detector DWPose (350 MB) from huggingface.co if it is not there.",
        ),
        io.String.Input(
            "save_as",
            default="",
            tooltip="Keep the motion under this name in models/anchorcrafter/motions, for 'saved_motion' of 'HOI "
            "Control Signals'. Empty: do not keep it.",
        ),
    ]


def _given() -> list[io.Input]:
    return [
        KeyPoints.Input(
            "pose_keypoint", optional=True, tooltip="Key points of the clip, one entry per frame: nothing is detected."
        ),
        io.Image.Input(
            "product", optional=True, tooltip="One to three pictures of the product; they help to find it again."
        ),
        io.Mask.Input(
            "product_mask",
            optional=True,
            tooltip="Where the product is: one mask for the first frame, from which it is followed, or one per frame.",
        ),
        io.String.Input(
            "boxes",
            default="",
            multiline=True,
            optional=True,
            tooltip='Box around the product in one frame, as JSON: {"0": [x0, y0, x1, y1]}, in pixels of the clip or '
            "in shares of its sides. The product is followed from there.",
        ),
        BoundingBoxes.Input(
            "bounding_boxes",
            optional=True,
            extra_dict={"forceInput": True},
            tooltip="Box around the product in the first frame, in pixels of the clip.",
        ),
        io.MultiType.Input(
            "depth", CLIP_TYPES, optional=True, tooltip="Depth of the whole clip, near is bright, VIDEO or IMAGE."
        ),
        io.MultiType.Input(
            "hand",
            CLIP_TYPES,
            optional=True,
            tooltip="Rendered hands, light on black, VIDEO or IMAGE. Without it they are drawn from the key points.",
        ),
        io.Float.Input(
            "fps",
            default=0.0,
            min=0.0,
            max=240.0,
            step=0.01,
            optional=True,
            tooltip="Frames per second of the clip. 0: what the VIDEO says, 30 for IMAGE.",
        ),
        io.Combo.Input(
            "hand_meshes",
            options=mesh_options(),
            default=NO_MESHES,
            optional=True,
            tooltip="Hand meshes of HaMeR or WiLoR, an .npz file in ComfyUI's input folder: rendered in place of drawn "
            "hands. Frames count like those of the whole clip.",
        ),
    ]


NODES = [DrivingMotion]
