"""Networks that look at a clip: found by folder, loaded by the host when their work begins, equal to plain ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tests.controls.tracking.test_sam2 import BOX, FRAMES, needs_sam2, small_model
from tests.nodes.conftest import Pack
from tests.nodes.fake_host import FakeHost

SMALL: dict[str, Any] = {
    "hidden_size": 16, "num_hidden_layers": 4, "num_attention_heads": 2, "image_size": 56, "patch_size": 14,
    "out_indices": [1, 2, 3, 4], "reshape_hidden_states": False,
}  # fmt: skip


@pytest.fixture
def folder(pack: Pack, host: FakeHost) -> Path:
    """models/anchorcrafter, known to the host."""
    pack("nodes.model_folders").register_folder()
    return host.folder / "models" / "anchorcrafter"


def save_depth_model(place: Path) -> None:
    torch.manual_seed(0)
    config = transformers.DepthAnythingConfig(
        backbone_config=transformers.Dinov2Config(**SMALL),
        reassemble_hidden_size=16,
        neck_hidden_sizes=[8] * 4,
        fusion_hidden_size=8,
        head_hidden_size=4,
    )
    transformers.DepthAnythingForDepthEstimation(config).save_pretrained(place)


def test_folders_are_offered_by_their_names(pack: Pack, folder: Path) -> None:
    for name in ("sam2.1-tiny", "Depth-Anything", "other"):
        (folder / name).mkdir(parents=True)
        (folder / name / "config.json").write_text("{}", encoding="utf-8")
    node = pack("nodes.instruments")
    assert node.tracker_options()[1:] == ["sam2.1-tiny"]
    assert node.depth_options()[1:] == ["Depth-Anything"]


def test_a_depth_model_is_loaded_when_its_work_begins(pack: Pack, folder: Path, host: FakeHost) -> None:
    node, core = pack("nodes.instruments"), pack("anchorcrafter_core.controls.tracking.depth_model")
    save_depth_model(folder / "depth-small")
    depth = node.instruments(node.BUILT_IN_TRACKER, "depth-small").depth
    assert host.loads == []
    found = list(depth(iter(FRAMES[:2])))
    plain = list(core.estimate_depth(core.load_depth_model(folder / "depth-small"), iter(FRAMES[:2])))
    assert all(map(np.array_equal, found, plain))
    list(depth(iter(FRAMES[:1])))
    assert [names for names, _ in host.loads] == [["network"]] * 2


@needs_sam2
def test_sam2_is_loaded_when_its_work_begins(pack: Pack, folder: Path, host: FakeHost) -> None:
    node, core = pack("nodes.instruments"), pack("anchorcrafter_core.controls.tracking.sam2")
    sight = pack("anchorcrafter_core.controls.tracking.sight")
    small_model().save_pretrained(folder / "sam2-small")
    follow = node.instruments("sam2-small", node.DEPTH_FROM_MASK).follow
    clip, first, options = lambda: iter(FRAMES), sight.FirstSight(box=BOX), sight.TrackingOptions(lost_below=0.0)
    assert host.loads == []
    found = list(follow(clip, first, (), options))
    plain = list(core.follow_with_sam2(core.load_sam2(folder / "sam2-small"), clip, first, options))
    assert [names for names, _ in host.loads] == [["network"]]
    assert all(np.array_equal(one.mask, other.mask) for one, other in zip(found, plain, strict=True))


def test_a_folder_that_is_not_offered_is_refused(pack: Pack, folder: Path) -> None:
    node = pack("nodes.instruments")
    with pytest.raises(Exception, match=r"no \.\./depth"):
        node.instruments(node.BUILT_IN_TRACKER, "../depth")
