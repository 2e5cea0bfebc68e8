"""The survey finds what is whole, wherever people keep it, and never lists a part of a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from anchorcrafter_core.loading.catalog import CATALOG, CatalogRow, find_entry, survey
from anchorcrafter_core.loading.convert import convert
from anchorcrafter_core.loading.load import ModelSources
from tests.loading.tiny_weights import TinyWeights


def _rows(*roots: Path) -> dict[str, CatalogRow]:
    return {row.entry.id: row for row in survey(roots)}


def _pickle(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"a": torch.ones(100)}, path)
    return path


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    rows = _rows(tmp_path, tmp_path / "absent")
    assert set(rows) == {entry.id for entry in CATALOG}
    assert all(row.found is None and row.problem is None and row.size == 0 for row in rows.values())


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        ("AnchorCrafter_1.pth", "anchorcrafter-tuned"),
        ("AnchorCrafter-notune/mp_rank_00_model_states.pt", "anchorcrafter"),
        ("models--cangcz--AnchorCrafter_1/snapshots/0f/AnchorCrafter_1.pth", "anchorcrafter-tuned"),
        ("models--cangcz--AnchorCrafter-notune/snapshots/0f/model.pth", "anchorcrafter"),
    ],
)
def test_checkpoints_are_found_by_file_or_folder_name(path: str, identity: str, tmp_path: Path) -> None:
    file = _pickle(tmp_path / path)
    rows = _rows(tmp_path)
    assert rows.pop(identity).found == file
    assert all(row.found is None for row in rows.values())


def test_folders_are_found_with_their_size(tiny: TinyWeights, tmp_path: Path) -> None:
    svd = tiny.write_svd(tmp_path / "diffusers" / "my svd", ".fp16")
    dino = tiny.write_dino(tmp_path / "dinov2-large")
    rows = _rows(tmp_path)
    files = [file for part in ("vae", "image_encoder") for file in (svd / part).iterdir()]
    assert rows["svd"].found == svd and rows["svd"].size == sum(file.stat().st_size for file in files)
    assert rows["dinov2"].found == dino / "model.safetensors"


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("svd_xt.safetensors", True),
        ("svd_xt_1_1.safetensors", True),
        ("SVD_XT-1-1-fp16.safetensors", True),
        ("svd_xt_image_decoder.safetensors", False),
    ],
)
def test_single_files_of_svd(name: str, fits: bool, tmp_path: Path) -> None:
    save_file({"a": torch.ones(3)}, tmp_path / name)
    assert (_rows(tmp_path)["svd"].found is not None) == fits


def test_converted_files_are_known_by_what_they_say(sources: ModelSources, tmp_path: Path) -> None:
    other = tmp_path / "other"
    convert(sources, other / "mine.safetensors", variant="general")
    save_file({"a": torch.ones(3)}, other / "foreign.safetensors", metadata={"variant": "tuned"})
    rows = _rows(other)
    assert rows["anchorcrafter"].found == other / "mine.safetensors"
    assert rows["anchorcrafter-tuned"].found is None


def test_the_first_root_wins(tmp_path: Path) -> None:
    first, second = _pickle(tmp_path / "1" / "AnchorCrafter_1.pth"), _pickle(tmp_path / "2" / "AnchorCrafter_1.pth")
    assert _rows(tmp_path / "1", tmp_path / "2")["anchorcrafter-tuned"].found == first
    assert _rows(tmp_path / "2", tmp_path / "1")["anchorcrafter-tuned"].found == second


def test_the_name_of_a_root_says_nothing(tmp_path: Path) -> None:
    _pickle(tmp_path / "AnchorCrafter_1" / "something.pth")
    assert _rows(tmp_path / "AnchorCrafter_1")["anchorcrafter-tuned"].found is None


@pytest.mark.parametrize("name", ["AnchorCrafter_1.pth.incomplete", "AnchorCrafter_1.pth.part", ".AnchorCrafter_1.tmp"])
def test_partial_files_are_not_listed(name: str, tmp_path: Path) -> None:
    _pickle(tmp_path / name)
    assert _rows(tmp_path)["anchorcrafter-tuned"] == CatalogRow(CATALOG[1], None)


def test_a_cut_file_is_a_problem_until_a_whole_one_is_there(tmp_path: Path) -> None:
    cut = _pickle(tmp_path / "a" / "AnchorCrafter_1.pth")
    cut.write_bytes(cut.read_bytes()[:200])
    row = _rows(tmp_path)["anchorcrafter-tuned"]
    assert row.found is None and row.problem is not None and "cut off" in row.problem and str(cut) in row.problem
    whole = _pickle(tmp_path / "b" / "AnchorCrafter_1.pth")
    assert _rows(tmp_path)["anchorcrafter-tuned"].found == whole


def test_half_a_pair_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "yolox_l.onnx").write_bytes(b"\x08\x07")
    assert _rows(tmp_path)["dwpose"].found is None
    (tmp_path / "dw-ll_ucoco_384.onnx").write_bytes(b"\x08\x07")
    assert _rows(tmp_path)["dwpose"].found == tmp_path


def test_downloads_of_every_entry_would_be_found(tmp_path: Path) -> None:
    for entry in CATALOG:
        for pattern in entry.files:
            file = tmp_path / entry.folder / pattern.replace("*", "model")
            file.parent.mkdir(parents=True, exist_ok=True)
            save_file({"a": torch.ones(3)}, file) if pattern.endswith("safetensors") else file.write_bytes(b"\x08")
    assert all(row.found for row in survey([tmp_path]))


def test_entries_say_where_from_and_under_which_licence() -> None:
    for entry in CATALOG:
        assert entry.repository.count("/") == 1 and entry.size > 5 * 10**7 and entry.licence
        assert find_entry(entry.id) is entry
    assert find_entry("no such thing") is None
    svd = find_entry("svd")
    assert svd is not None and svd.gated and "gated" in svd.licence
