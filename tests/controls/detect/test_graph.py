"""Network files: what runs them, how many pictures they take, and what is refused."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from anchorcrafter_core.controls.detect.graph import Graph, fit_graph, open_graph
from anchorcrafter_core.controls.detect.opened import Opened
from anchorcrafter_core.controls.detect.people_boxes import YOLOX
from anchorcrafter_core.controls.detect.whole_body import WHOLE_BODY
from anchorcrafter_core.errors import ControlError, LoadError

pytest.importorskip("onnx")
RUNTIMES = ["onnxruntime", "opencv"]


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What runs ONNX files in a test."""
    if request.param == "opencv":
        monkeypatch.setitem(sys.modules, "onnxruntime", None)
    else:
        pytest.importorskip("onnxruntime")
    return request.param


@dataclass
class Recorder:
    """A network of fixed or free batch that notes how many pictures it was given."""

    batch: int | None = None
    mixes: bool = False
    seen: list[int] = field(default_factory=list)

    def __call__(self, pictures: np.ndarray) -> list[np.ndarray]:
        self.seen.append(len(pictures))
        if self.batch and len(pictures) != self.batch:
            raise ControlError("another batch", "the batch", "none")
        rows = pictures.mean(axis=(1, 2, 3)) + (len(pictures) if self.mixes else 0)
        return [np.broadcast_to(rows[:, None, None], (len(pictures), 8400, 6)).copy()]


@pytest.mark.parametrize(("batch", "expected"), [(None, None), (1, 1), (5, 5)])
def test_the_batch_of_a_silent_file_is_found_by_trying(batch: int | None, expected: int | None) -> None:
    graph = fit_graph(Opened(Recorder(batch)), YOLOX, Path("network"))
    assert graph.batch == expected and graph.size == (640, 640)


def test_a_network_that_mixes_up_pictures_gets_one_at_a_time() -> None:
    assert fit_graph(Opened(Recorder(mixes=True)), YOLOX, Path("network")).batch == 1


@pytest.mark.parametrize("pictures", [1, 4, 5, 7, 10])
def test_a_fixed_batch_gives_the_rows_of_every_picture(pictures: int) -> None:
    recorder = Recorder(5)
    values = np.arange(pictures, dtype=np.float32)[:, None, None, None] * np.ones((1, 3, 4, 4), np.float32)
    (rows,) = Graph(recorder, (4, 4), batch=5)(values)
    assert rows[:, 0, 0].tolist() == list(range(pictures)) and set(recorder.seen) == {5}


@pytest.mark.parametrize("batch", [1, 3, "batch"])
def test_onnx_files(tmp_path: Path, runtime: str, batch: int | str) -> None:
    from tests.controls.detect.tiny_graphs import write_detector

    if runtime == "opencv" and batch == 3:
        pytest.skip("no published file has another fixed batch than 1")
    path = write_detector(tmp_path / "\u4eba.onnx", batch)
    graph = open_graph(path, YOLOX)
    assert graph.size == (640, 640)
    pictures = np.random.default_rng(0).uniform(0, 255, (4, 3, 640, 640)).astype(np.float32)
    (together,) = graph(pictures)
    alone = np.concatenate([graph(one[None])[0] for one in pictures])
    assert together.shape == (4, 8400, 6) and np.allclose(together, alone, atol=1e-5)


def test_the_size_is_read_where_the_file_states_it(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    from tests.controls.detect.tiny_graphs import write_detector

    assert open_graph(write_detector(tmp_path / "small.onnx", "batch", (416, 320)), YOLOX).size == (416, 320)


def test_swapped_files_are_told_apart(tmp_path: Path, runtime: str) -> None:
    from tests.controls.detect.tiny_graphs import write_detector, write_estimator

    with pytest.raises(LoadError, match="swapped"):
        open_graph(write_detector(tmp_path / "a.onnx"), WHOLE_BODY)
    with pytest.raises(LoadError, match="swapped"):
        open_graph(write_estimator(tmp_path / "b.onnx"), YOLOX)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_files_that_were_cut_off(tmp_path: Path, runtime: str, share: float) -> None:
    from tests.controls.detect.tiny_graphs import write_estimator

    whole = write_estimator(tmp_path / "whole.onnx").read_bytes()
    path = tmp_path / "cut.onnx"
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(LoadError, match=r"cut\.onnx"):
        open_graph(path, WHOLE_BODY)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git-LFS pointer"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x80\x02}q\x00.", "a pickle"),
        (b"nothing known", "unknown format"),
    ],
)
def test_foreign_files(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "yolox_l.onnx"
    path.write_bytes(content)
    with pytest.raises(LoadError, match=words):
        open_graph(path, YOLOX)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.onnx", tmp_path):
        with pytest.raises(LoadError, match="no readable file"):
            open_graph(path, YOLOX)
