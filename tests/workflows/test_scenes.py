"""The synthetic scene of the workflows: one for all, never trained on; numbers in a graph fit what it shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anchorcrafter_core.builtin.scenes import Scene, SceneOptions, describe_scene, render_frame
from anchorcrafter_core.controls.path.path_text import parse_path
from tests.workflows.interface import CORE_NODES, OUR_NODES, Interfaces, stored
from tests.workflows.ui_graph import FOLDER, read, widget_values, workflow_files, working_nodes

JUDGED = 700_000
"""Scores are of scenes with seeds from here on, training of those from 1,000,000 on."""


@pytest.fixture(scope="module")
def interfaces() -> Interfaces:
    """All node types that workflows may use."""
    return stored(CORE_NODES) | stored(OUR_NODES)


def values(path: Path, kind: str, interfaces: Interfaces) -> list[dict[str, Any]]:
    """Widgets of all nodes of a kind."""
    return [widget_values(node, interfaces[kind]) for node in working_nodes(read(path)) if node["type"] == kind]


def scene_of(sample: Mapping[str, Any]) -> Scene:
    """The scene that 'Anchor Sample' renders."""
    return describe_scene(SceneOptions(*(sample[name] for name in ("width", "height", "frames", "seed", "fps"))))


def product_box(scene: Scene, frame: int) -> np.ndarray:
    """Left, top, right, bottom of the product in a frame, in pixels."""
    rows, columns = np.nonzero(np.asarray(render_frame(scene, frame).object_mask) > 0.5)
    return np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])


def test_all_workflows_show_one_scene_that_nothing_was_trained_or_judged_on(interfaces: Interfaces) -> None:
    found = [values(path, "AnchorSample", interfaces) for path in workflow_files()]
    assert len({samples[0]["seed"] for samples in found if samples}) == 1
    assert all(sample["seed"] < JUDGED for samples in found for sample in samples)


def test_the_box_of_the_driving_clip_is_the_product_s(interfaces: Interfaces) -> None:
    path = FOLDER / "7_driving_motion.json"
    (sample,) = values(path, "AnchorSample", interfaces)
    (looking,) = values(path, "DrivingMotion", interfaces)
    box = product_box(scene_of(sample), 0)
    assert np.array(json.loads(looking["boxes"])["0"]) == pytest.approx(box, abs=3)


def test_the_drawn_path_stays_in_the_hands(interfaces: Interfaces) -> None:
    path = FOLDER / "8_product_path.json"
    (sample,) = values(path, "AnchorSample", interfaces)
    (drawn,) = values(path, "ProductPath", interfaces)
    scene = scene_of(sample)
    for key in parse_path(drawn["path"]).keys:
        box = product_box(scene, key.frame)
        middle, sides = (box[:2] + box[2:]) / 2, box[2:] - box[:2]
        drawn_at = np.array([key.x * sample["width"], key.y * sample["height"]])
        assert (np.abs(drawn_at - middle) < sides / 4).all(), key
