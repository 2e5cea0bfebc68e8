"""A driving clip looked at in the graph: kept, fitted, and what is connected goes before what was found."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from tests.nodes.conftest import Pack
from tests.nodes.media_types import give_media

HEIGHT, WIDTH, FRAMES = 192, 128, 5


@pytest.fixture(autouse=True)
def media(host: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give_media(monkeypatch)


@pytest.fixture
def scene(pack: Pack) -> dict[str, Any]:
    """Driving clip, key points, first mask, person and the truth of a synthetic scene, as a graph has them."""
    scenes, openpose = pack("anchorcrafter_core.builtin.scenes"), pack("anchorcrafter_core.controls.openpose")
    pack("nodes.model_folders").register_folder()
    described = scenes.describe_scene(scenes.SceneOptions(WIDTH, HEIGHT, FRAMES, seed=3))
    made = list(scenes.frames(described))
    picture, pose = scenes.reference_picture(described)
    return {
        "driving": torch.from_numpy(np.stack([frame.image for frame in made])).float() / 255,
        "pose_keypoint": [openpose.as_openpose(frame.pose, HEIGHT, WIDTH) for frame in made],
        "product_mask": torch.from_numpy(made[0].object_mask)[None].float(),
        "person": torch.from_numpy(picture)[None].float() / 255,
        "person_keypoint": [openpose.as_openpose(pose, HEIGHT, WIDTH)],
        "truth": torch.from_numpy(np.stack([frame.object_mask for frame in made])),
    }


def look(pack: Pack, scene: dict[str, Any], **changes: Any) -> dict[str, Any]:
    node = pack("nodes.motion").DrivingMotion
    names = [socket.given["display_name"] for socket in node.define_schema().outputs]
    given = {name: scene[name] for name in ("driving", "pose_keypoint", "product_mask")}
    made = node.execute(**({"stride": 1, "download": False} | given | changes))
    return dict(zip(names, made.args, strict=True))


def fit(pack: Pack, scene: dict[str, Any], **changes: Any) -> dict[str, Any]:
    node = pack("nodes.controls").HOIControlSignals
    names = [socket.given["display_name"] for socket in node.define_schema().outputs]
    given = {"person": scene["person"], "person_keypoint": scene["person_keypoint"]}
    widgets = {"width": WIDTH, "height": HEIGHT, "stride": 1, "max_frames": 0, "align": "similarity"}
    return dict(zip(names, node.execute(**(widgets | given | changes)).args, strict=True))


def gathered(pack: Pack, most: int = 0, **connected: Any) -> Any:
    """What is connected to a clip of 40 frames of 64x64 at stride 2, before anything is looked at."""
    looking, clips = pack("nodes.motion_looking"), pack("nodes.driving_clips")
    clip = clips.Clip(40, 20, (64, 64), lambda: iter(()))
    return looking.gathered(looking.Connected(**connected), clip, looking.footage_of_clip(clip, clips.Taking(2, most)))


def overlap(one: Tensor, other: Tensor) -> float:
    return float((one & other).sum() / (one | other).sum())


def test_a_clip_becomes_a_motion_and_its_product_is_followed(pack: Pack, scene: dict[str, Any]) -> None:
    found = look(pack, scene)
    assert found["motion"].frames == FRAMES == len(found["pose_keypoint"])
    assert overlap(found["object_mask"] > 0.5, scene["truth"]) > 0.8
    assert found["sheet"].shape[0] == 1 and found["track"].shape == (FRAMES, HEIGHT, WIDTH, 3)
    report = json.loads(found["report"])
    assert report["pose"]["found"] == list(range(FRAMES)) and report["product"]["frames"] == FRAMES


def test_a_box_starts_the_product_too(pack: Pack, scene: dict[str, Any]) -> None:
    rows, columns = np.nonzero(scene["truth"][0].numpy())
    box = [int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1]
    found = look(pack, scene, product_mask=None, boxes=json.dumps({"0": box}))
    assert overlap(found["object_mask"] > 0.5, scene["truth"]) > 0.6


@pytest.mark.parametrize(
    "boxes",
    [
        {"10": [8, 16, 24, 48]},
        {"10": [8, 16, 24, 48], "30": [1, 1, 9, 9]},
        {"size": [64, 64], "boxes": {"10": [8, 16, 24, 48]}},
        {"size": [128, 128], "boxes": {"10": [16, 32, 48, 96]}},
        {"0": None, "5": [], "6": [[]], "10": [8, 16, 24, 48]},
        [None] * 10 + [[8, 16, 24, 48]] * 30,
    ],
    ids=str,
)
def test_a_product_is_followed_from_the_first_frame_that_has_a_box(pack: Pack, boxes: object) -> None:
    given = gathered(pack, boxes=json.dumps(boxes))
    assert given.first.frame == 10
    np.testing.assert_allclose(given.first.box, [8, 16, 24, 48])


def test_masks_of_all_frames_are_taken_as_they_are(pack: Pack, scene: dict[str, Any]) -> None:
    found = look(pack, scene, product_mask=scene["truth"].float())
    assert torch.equal(found["object_mask"] > 0.5, scene["truth"])
    assert "product" not in json.loads(found["report"])


def test_a_product_with_transparency_is_cut_out_by_it(pack: Pack) -> None:
    product = torch.rand(1, 64, 64, 4, generator=torch.Generator().manual_seed(1)) * 0.5 + 0.5
    product[..., 3] = 0
    product[:, 20:44, 20:44, 3] = 1
    given = gathered(pack, product=product)
    assert (given.views[0].max(axis=-1) > 0).mean() == pytest.approx((24 / 64) ** 2, abs=0.02)


def test_a_motion_without_product_is_one(pack: Pack, scene: dict[str, Any]) -> None:
    found = look(pack, scene, product_mask=None)
    assert not found["object_mask"].any() and len(found["track"]) == FRAMES


def test_a_fitted_motion_has_drawn_hands_a_fit_and_a_report(pack: Pack, scene: dict[str, Any]) -> None:
    made = fit(pack, scene, motion=look(pack, scene)["motion"])
    controls = made["controls"]
    assert controls.frames == FRAMES + 1 and controls.hand.any() and controls.object_mask.any()
    assert made["fit"].shape[0] == 1 and made["fit"].shape[-1] == 3
    assert json.loads(made["report"])["frames"] == FRAMES


def test_a_saved_motion_is_the_same(pack: Pack, scene: dict[str, Any]) -> None:
    found = look(pack, scene, save_as="wave")
    options = next(s for s in pack("nodes.controls").HOIControlSignals.define_schema().inputs if s.id == "saved_motion")
    assert options.given["options"] == ["none", "wave"]
    kept = fit(pack, scene, saved_motion="wave")["controls"]
    direct = fit(pack, scene, motion=found["motion"])["controls"]
    for name in ("pose", "hand", "track", "object_mask"):
        assert torch.equal(getattr(kept, name), getattr(direct, name))


def test_a_saved_motion_that_is_gone_is_a_sentence(pack: Pack, scene: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="no motion 'gone'"):
        fit(pack, scene, saved_motion="gone")
    with pytest.raises(Exception, match="file name"):
        fit(pack, scene, saved_motion="../gone")
    with pytest.raises(Exception, match="a connected and a saved motion"):
        fit(pack, scene, saved_motion="wave", motion=look(pack, scene)["motion"])


def test_what_is_connected_goes_before_what_the_motion_holds(pack: Pack, scene: dict[str, Any]) -> None:
    motion = look(pack, scene)["motion"]
    hand = torch.zeros(FRAMES, HEIGHT, WIDTH, 3)
    hand[:, 20:40, 30:60] = 0.8
    made = fit(pack, scene, motion=motion, hand=hand, align="none")["controls"]
    assert torch.equal(made.hand_mask[1], hand[0].amax(dim=-1) > 0.5)
    assert torch.equal(made.object_mask, fit(pack, scene, motion=motion, align="none")["controls"].object_mask)


def test_a_track_made_for_the_picture_stays(pack: Pack, scene: dict[str, Any]) -> None:
    motion = look(pack, scene, product_mask=None)["motion"]
    track = torch.zeros(FRAMES, HEIGHT, WIDTH, 3)
    track[:, 100:140, 40:80] = 0.7
    wanted = track[0].amax(dim=-1) > 0.5
    stays = fit(pack, scene, motion=motion, track=track, product_place="stays where it is drawn", align="per-bone")
    assert torch.equal(stays["controls"].object_mask[1], wanted)


def test_hands_can_be_left_out(pack: Pack, scene: dict[str, Any]) -> None:
    motion = look(pack, scene)["motion"]
    assert not fit(pack, scene, motion=motion, hands="leave out")["controls"].hand.any()


def test_without_detector_and_key_points_the_place_to_get_one_is_told(pack: Pack, scene: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="yolox_l.onnx.*pose_keypoint.*download"):
        look(pack, scene, pose_keypoint=None)
    with pytest.raises(Exception, match="person_keypoint"):
        fit(pack, scene, motion=look(pack, scene)["motion"], person_keypoint=None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"boxes": '{"0": [1, 2, 30, 40]}'}, "more than one of product_mask"),
        ({"product_mask": torch.ones(1, 9, 9)}, "size of the clip"),
        ({"person": "the tall one"}, "main or largest"),
        ({"person": "3rd from the left"}, "person"),
        ({"stride": 9}, "1 driving frame"),
        ({"pose_keypoint": [{"people": [], "canvas_width": 8, "canvas_height": 8}] * 4}, "4 frames of pose_keypoint"),
        ({"product_mask": torch.zeros(1, HEIGHT, WIDTH)}, "black everywhere"),
        ({"product_mask": None, "boxes": '{"99": [1, 2, 30, 40]}'}, "frame 99"),
        ({"product_mask": None, "boxes": '{"0": null}'}, "no box in any frame"),
        ({"tracker": "../../sam2", "pose_keypoint": None}, "no ../../sam2"),
        ({"save_as": "../x", "person": "the tall one"}, "file name"),
        ({"save_as": "none", "person": "the tall one"}, "another than 'none'"),
        ({"product_mask": None, "boxes": '{"0": [900, 900, 950, 950]}'}, "inside the frame"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_fit_is_refused(pack: Pack, scene: dict[str, Any], changes: dict[str, Any], words: str) -> None:
    with pytest.raises(Exception, match=words):
        look(pack, scene, **changes)


@pytest.mark.parametrize("name", ["product_mask", "depth", "hand"])
def test_a_clip_that_is_too_short_is_refused_before_anything_is_looked_at(pack: Pack, name: str) -> None:
    short: Any = torch.ones(30, 64, 64) if name == "product_mask" else torch.ones(30, 64, 64, 3)
    with pytest.raises(pack("anchorcrafter_core.errors").ControlError, match=f"15 frames of {name}; expected 20"):
        gathered(pack, **{name: short})


@pytest.mark.parametrize("name", ["product_mask", "depth", "hand", "pose_keypoint"])
def test_a_clip_that_is_too_long_is_refused_unless_all_are_cut(pack: Pack, name: str) -> None:
    empty: dict[str, Any] = {"people": [], "canvas_width": 64, "canvas_height": 64}
    others: dict[str, Any] = {"product_mask": torch.ones(50, 64, 64), "pose_keypoint": [empty] * 50}
    given = {name: others.get(name, torch.ones(50, 64, 64, 3))}
    with pytest.raises(pack("anchorcrafter_core.errors").ControlError, match=f"25 frames of {name}; expected 20"):
        gathered(pack, **given)
    gathered(pack, most=8, **given)


def test_boxes_that_are_not_followed_are_told_of(pack: Pack, scene: dict[str, Any]) -> None:
    box = [[0.3, 0.4, 0.6, 0.7]]
    reports = [
        json.loads(look(pack, scene, product_mask=None, boxes=json.dumps(boxes))["report"])["warnings"]
        for boxes in (box * FRAMES, box)
    ]
    told = [[words for words in warnings if "only the first counts" in words] for warnings in reports]
    assert [len(words) for words in told] == [1, 0] and "Of 5 boxes" in told[0][0]


def test_damaged_meshes_are_refused_before_anything_is_looked_at(pack: Pack, host: Any) -> None:
    (host.folder / "input").mkdir()
    (host.folder / "input" / "broken.npz").write_bytes(b"nothing")
    with pytest.raises(pack("anchorcrafter_core.errors").ControlError, match="broken.npz"):
        gathered(pack, hand_meshes="broken.npz")


def test_a_replaced_file_is_looked_at_again(pack: Pack, host: Any) -> None:
    node = pack("nodes.motion").DrivingMotion
    pack("nodes.model_folders").register_folder()
    model, meshes = host.folder / "models" / "anchorcrafter" / "my_sam2", host.folder / "input"
    for folder in (model, meshes):
        folder.mkdir(parents=True)
    given = {"tracker": "my_sam2", "depth_from": "from the mask", "hand_meshes": "hands.npz", "stride": 2}
    marks = [node.fingerprint_inputs(**given)]
    for file in (model / "config.json", model / "model.safetensors", meshes / "hands.npz"):
        for content in ("one", "another"):
            file.write_text(content, encoding="utf-8")
            marks.append(node.fingerprint_inputs(**given))
    assert len(set(marks)) == len(marks) and node.fingerprint_inputs(**given) == marks[-1]
    assert node.fingerprint_inputs(**(given | {"hand_meshes": "none", "tracker": "../my_sam2"})) == "; ; "


@pytest.mark.parametrize("linked", ["tracker", "depth_from", "hand_meshes"])
def test_a_replaced_file_is_looked_at_again_though_its_name_comes_from_another_node(
    pack: Pack, host: Any, linked: str
) -> None:
    node, models = pack("nodes.motion").DrivingMotion, host.folder / "models" / "anchorcrafter"
    pack("nodes.model_folders").register_folder()
    files = {"tracker": models / "my_sam2" / "config.json", "depth_from": models / "my_depth" / "config.json"}
    file = files.get(linked, host.folder / "input" / "hands.npz")
    file.parent.mkdir(parents=True)
    marks = []
    for content in ("one", "another"):
        file.write_text(content, encoding="utf-8")
        marks.append(node.fingerprint_inputs(**{linked: None}))
    assert marks[0] != marks[1] == node.fingerprint_inputs(**{linked: None})


@pytest.mark.parametrize("name", ["wave", None], ids=["chosen", "linked"])
def test_a_replaced_motion_is_fitted_again(pack: Pack, name: str | None) -> None:
    mark = pack("nodes.controls").HOIControlSignals.fingerprint_inputs
    pack("nodes.model_folders").register_folder()
    folder = pack("nodes.motion_files").motion_folder()
    folder.mkdir(parents=True)
    marks = [mark(saved_motion=name)]
    for content in ("one", "another"):
        (folder / "wave.safetensors").write_text(content, encoding="utf-8")
        marks.append(mark(saved_motion=name))
    assert len(set(marks)) == len(marks) and mark(saved_motion=name) == marks[-1]
    assert mark(saved_motion="none") == mark() == ""


def test_a_clip_can_be_looked_at_in_a_graph_of_its_own(pack: Pack) -> None:
    assert pack("nodes.motion").DrivingMotion.define_schema().is_output_node


def test_no_person_picture_is_a_sentence(pack: Pack, scene: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="no picture in 'person'"):
        fit(pack, scene, motion=look(pack, scene)["motion"], person=torch.zeros(0, HEIGHT, WIDTH, 3))
