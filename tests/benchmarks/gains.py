"""Means of a few trainings, as scores leave them."""

from __future__ import annotations

from benchmarks.built_in.worth import WHOLE, Means

FOUND: Means = {
    WHOLE: {seed: {"obj_iou": 0.8 + 0.01 * seed, "identity_frames": 0.5, "hands_right": 0.8} for seed in range(3)},
    "hand_mesh": {
        0: {"obj_iou": 0.7, "identity_frames": 0.375, "hands_right": 0.6},
        1: {"obj_iou": 0.7102, "identity_frames": 0.375, "hands_right": 0.7},
        2: {"obj_iou": 0.7198, "identity_frames": 0.375, "hands_right": 0.75},
    },
    "multi_view": {0: {"obj_iou": 0.9, "identity_frames": 0.5, "hands_right": 0.8}},
}
