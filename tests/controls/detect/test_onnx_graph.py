"""How ONNX files are run."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from anchorcrafter_core.controls.detect.onnx_graph import open_onnxruntime, open_opencv
from anchorcrafter_core.errors import ControlError

pytest.importorskip("onnx")
CPU = torch.device("cpu")


def test_both_interpreters_compute_the_same(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    from tests.controls.detect.tiny_graphs import write_estimator

    path = write_estimator(tmp_path / "estimator.onnx", 1)
    picture = np.random.default_rng(0).normal(size=(1, 3, 384, 288)).astype(np.float32)
    first, second = (opened.run(picture) for opened in (open_onnxruntime(path, CPU, onnxruntime), open_opencv(path)))
    by_length = [sorted(outputs, key=lambda output: output.shape[-1]) for outputs in (first, second)]
    for one, other in zip(*by_length, strict=True):
        assert one.dtype == other.dtype == np.float32 and np.allclose(one, other, atol=1e-4)


def test_declared_shapes_are_read(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    from tests.controls.detect.tiny_graphs import write_estimator

    fixed, free = (open_onnxruntime(write_estimator(tmp_path / f"{b}.onnx", b), CPU, onnxruntime) for b in (2, "batch"))
    assert (fixed.batch, free.batch) == (2, None) and fixed.size == free.size == (384, 288)


@pytest.mark.parametrize("device", ["cuda:0", "mps"])
def test_without_a_provider_for_a_device_the_processor_is_used(tmp_path: Path, device: str) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if {"CUDAExecutionProvider", "CoreMLExecutionProvider"} & set(onnxruntime.get_available_providers()):
        pytest.skip("this build has one")
    from tests.controls.detect.tiny_graphs import write_estimator

    opened = open_onnxruntime(write_estimator(tmp_path / "estimator.onnx"), torch.device(device), onnxruntime)
    assert len(opened.run(np.zeros((2, 3, 384, 288), np.float32))) == 2


def test_a_picture_of_the_wrong_size_is_refused_in_words(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    from tests.controls.detect.tiny_graphs import write_estimator

    path = write_estimator(tmp_path / "estimator.onnx", 1)
    for opened in (open_onnxruntime(path, CPU, onnxruntime), open_opencv(path)):
        with pytest.raises(ControlError, match=r"estimator\.onnx failing"):
            opened.run(np.zeros((1, 3, 100, 50), np.float32))


def test_no_memory_stays_no_memory(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    from tests.controls.detect.tiny_graphs import write_endless

    opened = open_onnxruntime(write_endless(tmp_path / "endless.onnx"), CPU, onnxruntime)
    with pytest.raises(MemoryError, match=r"endless\.onnx"):
        opened.run(np.zeros((1, 3, 8, 8), np.float32))


def test_no_memory_in_opencv_stays_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(*_: object) -> None:
        cv2.resize(np.zeros((10, 10), np.float32), (2**17, 2**22))

    monkeypatch.setattr(cv2.dnn, "readNetFromONNX", no_room)
    (tmp_path / "estimator.onnx").write_bytes(b"any")
    with pytest.raises(MemoryError, match="Insufficient memory"):
        open_opencv(tmp_path / "estimator.onnx")
