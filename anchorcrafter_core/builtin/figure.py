"""Where everything of a person is at one moment: body shift, head, arms, hands; and its key points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import Pose
from . import face
from .arms import Arm, bend_arm
from .canvas import FINE
from .grasp import GRASPS, grasp_hand
from .hand_skeleton import HandFrame, free_hand, mix_hands, orthonormal
from .head import HeadPlace, place_head
from .motion import KeyPose, Motion
from .person import Person
from .product import Product
from .product_view import Placement, turn_matrix
from .torso import CROTCH

_PRESENT, _HIDDEN = 0.95, 0.5
_REST_HANDS = {
    "down": ((0.245, 0.51, 0.05), (0.02, 1.0, 0.14), (-1.0, 0.0, -0.1), 0.32),
    "belly": ((0.105, 0.395, 0.17), (-1.0, -0.12, 0.16), (-0.1, -0.1, -1.0), 0.25),
    "present": ((0.245, 0.3, 0.22), (-0.25, -0.8, 0.45), (-0.6, 0.1, 0.75), 0.2),
    "folded": ((0.075, 0.45, 0.165), (-1.0, 0.3, 0.1), (0.0, -0.1, -1.0), 0.3),
}


@dataclass(frozen=True)
class Frame:
    """What maps metres to samples.

    Attributes:
        size: (height, width) in samples.
        neck: float64 [2], base of the neck in samples when the body does not sway.
        unit: samples per metre.
    """

    size: tuple[int, int]
    neck: np.ndarray
    unit: float

    def at(self, place: tuple[float, float, float], shift: float) -> np.ndarray:
        """Samples float64 [3] of a place in metres from the swayed neck; ``shift`` in samples."""
        return np.array([self.neck[0] + shift, self.neck[1], 0.0]) + np.array(place) * self.unit

    def sway(self, rows: np.ndarray, shift: float) -> np.ndarray:
        """Sideways shift in samples of rows of the body: whole above the neck, none a metre below."""
        return shift * np.clip(1 - (rows - self.neck[1]) / self.unit, 0, 1)


@dataclass(frozen=True)
class Figure:
    """A person at one moment, in samples.

    Attributes:
        shift: body shift.
        head: place of the head.
        eyes: 0 shut, 0.5 or 1 open.
        arms: (left, right).
        hands: float64 [2,21,3], left then right.
        hand_units: samples per metre of (left, right) hand.
    """

    shift: float
    head: HeadPlace
    eyes: float
    arms: tuple[Arm, Arm]
    hands: np.ndarray
    hand_units: tuple[float, float]


def place_product(frame: Frame, motion: Motion, time: float) -> Placement:
    """Where the product is at a time in seconds, in samples."""
    pose, shift = motion.pose_at(time), motion.body_at(time)[0] * frame.unit
    turn = turn_matrix(pose.yaw, pose.pitch, pose.roll)
    return Placement(frame.at(pose.place, shift), turn, frame.unit * pose.scale)


def show_figure(frame: Frame, person: Person, product: Product, motion: Motion, time: float) -> Figure:
    """The person with the product at a time in seconds."""
    pose = motion.pose_at(time)
    shift, yaw, pitch, roll = motion.body_at(time)
    shift *= frame.unit
    place = place_product(frame, motion, time)
    hands = [_hand(frame, product, motion, (pose, place, shift), side) for side in range(2)]
    units = [frame.unit * (1 + (pose.scale - 1) * share) for share in pose.holds]
    return _assemble(frame, person, (shift, (yaw, pitch, roll)), (hands, units), motion.eyes_at(time))


def still_figure(frame: Frame, person: Person, still: Motion) -> Figure:
    """The person of the reference picture: no product, hands down, folded or before the belly."""
    kind = ("down", "folded", "belly")[int(still.phases[0] * 10) % 3]
    hands = [_rest_hand(frame, kind, 0.0, is_right=side == 1) for side in range(2)]
    if kind == "folded":
        hands[1] = hands[1] + np.array([0.0, -0.012, 0.03]) * frame.unit
    angles = (still.sway[1] * float(np.sin(still.phases[1] + 2)), 0.02, 0.0)
    return _assemble(frame, person, (0.0, angles), (hands, [frame.unit] * 2), 1.0)


def _assemble(
    frame: Frame,
    person: Person,
    body: tuple[float, tuple[float, float, float]],
    hands: tuple[list[np.ndarray], list[float]],
    eyes: float,
) -> Figure:
    """Add head and arms to what is known."""
    shift, angles = body
    head = place_head(frame.at((0.0, 0.0, 0.0), shift), angles, frame.unit)
    lengths = (person.upper_arm * frame.unit, person.forearm * frame.unit)
    arms = []
    for side, hand in zip((1, -1), hands[0], strict=True):
        shoulder = frame.at((side * (person.shoulder - 0.034), 0.068, -0.004), shift)
        arms.append(bend_arm(shoulder, hand[0], lengths, side))
    return Figure(shift, head, eyes, (arms[0], arms[1]), np.stack(hands[0]), (hands[1][0], hands[1][1]))


def _rest_hand(frame: Frame, kind: str, shift: float, is_right: bool) -> np.ndarray:
    """A free hand at one of the named places, float64 [21,3]."""
    wrist, forward, palm, curl = _REST_HANDS[kind]
    mirror = np.array([-1.0 if is_right else 1.0, 1.0, 1.0])
    ahead, out = orthonormal(np.array(forward) * mirror, np.array(palm) * mirror)
    x, y, z = (np.array(wrist) * mirror).tolist()
    return free_hand(HandFrame(frame.at((x, y, z), shift), ahead, out, is_right), curl, frame.unit)


def _hand(
    frame: Frame, product: Product, motion: Motion, moment: tuple[KeyPose, Placement, float], side: int
) -> np.ndarray:
    """Joints of one hand (side 0 left, 1 right): holding, free, or on the way."""
    pose, place, shift = moment
    share = pose.holds[side]
    free = _rest_hand(frame, motion.rests[side], shift, is_right=side == 1)
    if share <= 0:
        return free
    unit = frame.unit * (1 + (pose.scale - 1) * share)
    held = grasp_hand(GRASPS[motion.grasps[side]], place, product.solid, side == 1, unit)
    return mix_hands(free, held, share)


def key_points(frame: Frame, person: Person, figure: Figure, hidden: np.ndarray) -> Pose:
    """All key points as shares of the frame.

    Args:
        frame: the mapping.
        person: proportions.
        figure: the moment.
        hidden: bool [2,21], hand joints behind the product.
    """
    edge = np.array([frame.size[1], frame.size[0]], float)
    body = _body_points(frame, person, figure) / edge
    hands = figure.hands[..., :2] / edge
    marks = figure.head.project(person, face.landmarks())[:, :2] / edge
    hand_score = np.where(hidden, _HIDDEN, _PRESENT) * _within(hands)
    parts = (body, _PRESENT * _within(body), hands, hand_score, marks, _PRESENT * _within(marks))
    return Pose(*(part[None] for part in parts))


def _within(points: np.ndarray) -> np.ndarray:
    """1 for points in the frame, 0 for others."""
    return ((points >= 0) & (points < 1)).all(-1).astype(float)


def _body_points(frame: Frame, person: Person, figure: Figure) -> np.ndarray:
    """OpenPose-18 joints in samples, float64 [18,2]."""
    features = [face.NOSE_TIP, (-face.EYE[0], face.EYE[1]), face.EYE, (-face.EAR[0], face.EAR[1]), face.EAR]
    nose, right_eye, left_eye, right_ear, left_ear = figure.head.project(person, np.array(features))
    left, right = figure.arms
    hips = [_leg_point(frame, figure, side * person.hip * 0.6, 0.52) for side in (-1, 1)]
    knees = [_leg_point(frame, figure, side * person.hip * 0.55, CROTCH + 0.32) for side in (-1, 1)]
    ankles = [_leg_point(frame, figure, side * person.hip * 0.5, CROTCH + 0.75) for side in (-1, 1)]
    neck = frame.at((0.0, 0.05, 0.0), figure.shift)
    order = [nose, neck, right.shoulder, right.elbow, right.wrist, left.shoulder, left.elbow, left.wrist]
    order += [hips[0], knees[0], ankles[0], hips[1], knees[1], ankles[1], right_eye, left_eye, right_ear, left_ear]
    return np.stack([joint[:2] for joint in order])


def _leg_point(frame: Frame, figure: Figure, across: float, down: float) -> np.ndarray:
    """A joint of the lower body, float64 [3]."""
    point = frame.at((across, down, 0.0), 0.0)
    point[0] += float(frame.sway(point[1:2], figure.shift)[0])
    return point


def to_pixels(joints: np.ndarray) -> np.ndarray:
    """Samples to pixels."""
    return joints / FINE
