"""Networks of DWPose's form that can be worked out by hand: blue spots are people, red and green ones key points.

The detector's box is 8 x 12 cells of 32 pixels around the bluest cell. The estimator's even points lie at the reddest
column and row, odd ones at the greenest. The same numbers exist as ONNX graph and as torch module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

STRIDES = (8, 16, 32)
BOX_CELLS = (8.0, 12.0)
MEAN = np.array([123.675, 116.28, 103.53])
DEVIATION = np.array([58.395, 57.12, 57.375])
RED, GREEN, BLUE = 0, 1, 2
REACH = 30
"""Pixels from the middle of a spot to its end."""


@dataclass(frozen=True)
class Person:
    """Where the spots of one person are, (x, y) in pixels."""

    middle: tuple[int, int]
    red: tuple[int, int]
    green: tuple[int, int]


def person_at(x: int, y: int) -> Person:
    """A person with its red spot up to the left, its green one down to the right."""
    return Person((x, y), (x - 50, y - 70), (x + 45, y + 65))


def picture(height: int, width: int, people: list[Person]) -> np.ndarray:
    """The spots of people on black, each fading towards its end; uint8 [H,W,3]."""
    rows, columns = np.mgrid[:height, :width]
    frame = np.zeros((height, width, 3))
    for person in people:
        for channel, (x, y) in ((BLUE, person.middle), (RED, person.red), (GREEN, person.green)):
            faded = 1 - np.maximum(abs(columns - x), abs(rows - y)) / REACH
            frame[..., channel] = np.maximum(frame[..., channel], 250 * faded)
    return frame.astype(np.uint8)


def detector_weights(stride: int) -> tuple[np.ndarray, np.ndarray]:
    """A 1x1 convolution of mean colours, 0..255, to 6 numbers: box 4, objectness, one class; grey scores nothing."""
    weight, bias = np.zeros((6, 3)), np.array([0.5, 0.5, *np.log(BOX_CELLS), 0.0, 1.0])
    weight[4] = np.array([-0.5, -0.5, 1.0]) / 200 if stride == 32 else 0
    return weight.astype(np.float32), bias.astype(np.float32)


def estimator_weights() -> tuple[np.ndarray, np.ndarray]:
    """A 1x1 convolution of normalised colours to 133 planes of one colour, 0..51."""
    weight = np.zeros((133, 3))
    channel = np.arange(133) % 2
    weight[np.arange(133), channel] = (DEVIATION / 5)[channel]
    return weight.astype(np.float32), (MEAN / 5)[channel].astype(np.float32)


def bins_of(side: int) -> np.ndarray:
    """Pixels to half-pixel bins with some blur, float32 [side, 2 side]: a square has one peak, its middle."""
    distance = np.abs(np.arange(side)[:, None] * 2 + 0.5 - np.arange(2 * side)[None])
    return (np.maximum(0, 1 - distance / 60) / 6).astype(np.float32)


class TorchDetector(nn.Module):
    """The detector in torch: float32 [N,3,640,640] -> [N,8400,6]."""

    def __init__(self) -> None:
        super().__init__()
        for stride in STRIDES:
            weight, bias = detector_weights(stride)
            self.register_buffer(f"weight{stride}", torch.from_numpy(weight)[:, :, None, None])
            self.register_buffer(f"bias{stride}", torch.from_numpy(bias))

    def forward(self, pictures: Tensor) -> Tensor:
        """Predictions of all cells."""
        rows = []
        for stride in STRIDES:
            pooled = functional.avg_pool2d(pictures, stride)
            weight, bias = self.get_buffer(f"weight{stride}"), self.get_buffer(f"bias{stride}")
            rows.append(functional.conv2d(pooled, weight, bias).flatten(2))
        return torch.cat(rows, dim=2).transpose(1, 2).clamp(-1, 3)


class TorchEstimator(nn.Module):
    """The estimator in torch: float32 [N,3,384,288] -> [N,133,576], [N,133,768]."""

    def __init__(self) -> None:
        super().__init__()
        weight, bias = estimator_weights()
        self.register_buffer("weight", torch.from_numpy(weight)[:, :, None, None])
        self.register_buffer("bias", torch.from_numpy(bias))
        self.register_buffer("columns", torch.from_numpy(bins_of(288)))
        self.register_buffer("rows", torch.from_numpy(bins_of(384)))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Responses along x and y."""
        planes = functional.conv2d(pictures, self.get_buffer("weight"), self.get_buffer("bias"))
        return planes.mean(2) @ self.get_buffer("columns"), planes.mean(3) @ self.get_buffer("rows")


def write_torch_script(module: nn.Module, size: tuple[int, int], path: Path) -> Path:
    """The module traced on two pictures."""
    torch.jit.save(torch.jit.trace(module.eval(), torch.zeros(2, 3, *size)), str(path))
    return path


def write_detector(path: Path, batch: int | str = 1, size: tuple[int, int] = (640, 640)) -> Path:
    """The detector as ONNX; ``batch`` is a number, or a word for any number."""
    nodes, constants, parts = [], [], []
    for stride in STRIDES:
        weight, bias = detector_weights(stride)
        constants += [_constant(f"w{stride}", weight[:, :, None, None]), _constant(f"b{stride}", bias)]
        sides = [stride, stride]
        nodes.append(helper.make_node("AveragePool", ["pictures"], [f"p{stride}"], kernel_shape=sides, strides=sides))
        nodes.append(
            helper.make_node("Conv", [f"p{stride}", f"w{stride}", f"b{stride}"], [f"c{stride}"], kernel_shape=[1, 1])
        )
        nodes.append(helper.make_node("Reshape", [f"c{stride}", "flat"], [f"r{stride}"]))
        parts.append(f"r{stride}")
    first = batch if isinstance(batch, int) else 0
    constants.append(_constant("flat", np.array([first, 6, -1])))
    constants += [_constant("low", np.float32(-1)), _constant("high", np.float32(3))]
    nodes.append(helper.make_node("Concat", parts, ["all"], axis=2))
    nodes.append(helper.make_node("Transpose", ["all"], ["turned"], perm=[0, 2, 1]))
    nodes.append(helper.make_node("Clip", ["turned", "low", "high"], ["output"]))
    return _save(path, nodes, constants, ([batch, 3, *size], {"output": [batch, None, 6]}))


def write_estimator(path: Path, batch: int | str = "batch") -> Path:
    """The estimator as ONNX."""
    weight, bias = estimator_weights()
    constants = [_constant("w", weight[:, :, None, None]), _constant("b", bias)]
    constants += [_constant("columns", bins_of(288)), _constant("rows", bins_of(384))]
    nodes = [
        helper.make_node("Conv", ["pictures", "w", "b"], ["planes"], kernel_shape=[1, 1]),
        helper.make_node("ReduceMean", ["planes"], ["across"], axes=[2], keepdims=0),
        helper.make_node("ReduceMean", ["planes"], ["down"], axes=[3], keepdims=0),
        helper.make_node("MatMul", ["across", "columns"], ["simcc_x"]),
        helper.make_node("MatMul", ["down", "rows"], ["simcc_y"]),
    ]
    outputs = {"simcc_x": [batch, 133, 576], "simcc_y": [batch, 133, 768]}
    return _save(path, nodes, constants, ([batch, 3, 384, 288], outputs))


def write_endless(path: Path) -> Path:
    """A network whose output of 768 TB no machine holds."""
    times = _constant("times", np.array([10**12, 1, 1, 1, 1]))
    nodes = [helper.make_node("Expand", ["pictures", "times"], ["copies"])]
    return _save(path, nodes, [times], (["batch", 3, 8, 8], {"copies": [None] * 5}))


def _constant(name: str, values: np.ndarray | np.float32) -> TensorProto:
    return numpy_helper.from_array(np.asarray(values), name)


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    constants: list[TensorProto],
    shapes: tuple[list[int | str], dict[str, list[int | str | None]]],
) -> Path:
    entry = helper.make_tensor_value_info("pictures", TensorProto.FLOAT, shapes[0])
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes[1].items()]
    graph = helper.make_graph(nodes, "tiny", [entry], ends, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    path.write_bytes(model.SerializeToString())
    return path
