"""ONNX files, run by ONNX Runtime where it is installed, else by OpenCV's own interpreter."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import torch

from ...errors import ControlError, LoadError
from ...types import is_out_of_memory
from .opened import Opened

if TYPE_CHECKING:
    import onnxruntime

_LOG = logging.getLogger(__name__)
_AGAIN = "Download the file again and let it finish."
_INSTALL = "Install onnxruntime (pip install onnxruntime), or choose the TorchScript form of the file."

NUMBERS = {"tensor(float16)": np.float16, "tensor(double)": np.float64}
"""Number formats of an input besides float32."""


def open_onnx(path: Path, device: torch.device) -> Opened:
    """Open an ONNX file with whatever is installed.

    Args:
        path: the file.
        device: where ONNX Runtime should run it; OpenCV runs on the processor.

    Raises:
        LoadError: cut off, or no ONNX file.
    """
    try:
        import onnxruntime
    except ImportError:
        return open_opencv(path)
    return open_onnxruntime(path, device, onnxruntime)


def open_onnxruntime(path: Path, device: torch.device, runtime: Any) -> Opened:
    """Open an ONNX file with ONNX Runtime, as many threads as torch has, none of them spinning while idle.

    Args:
        path: the file.
        device: falls back to the processor where the installed build has no provider for it.
        runtime: the module ``onnxruntime``.

    Raises:
        LoadError: cut off, no ONNX file, or operators that the installed version does not know.
        MemoryError: no room; so does what is opened, when it runs.
    """
    errors = _errors(runtime)
    providers = _providers(device, runtime.get_available_providers())
    try:
        session = runtime.InferenceSession(str(path), _session_options(runtime, providers), providers=providers)
    except errors as error:
        _pass_on_no_memory(path, error)
        raise LoadError(f"{path}, which ONNX Runtime refuses ({_first_line(error)})", "an ONNX file", _AGAIN) from error
    used = session.get_providers()[0]
    _LOG.log(logging.INFO if used in str(providers[0]) else logging.WARNING, "%s runs in %s", path.name, used)
    entry = session.get_inputs()[0]
    kind = NUMBERS.get(entry.type, np.float32)

    def run(pictures: np.ndarray) -> list[np.ndarray]:
        try:
            outputs = session.run(None, {entry.name: pictures.astype(kind, copy=False)})
        except errors as error:
            _pass_on_no_memory(path, error)
            raise _failed(path, error, "Choose another device, or the file of the other network.") from error
        return [np.asarray(output, np.float32) for output in outputs if isinstance(output, np.ndarray)]

    shape = [side if isinstance(side, int) and side > 0 else None for side in entry.shape]
    batch, _, height, width = shape if len(shape) == 4 else (None,) * 4
    return Opened(run, batch, (height, width) if height and width else None)


def _errors(runtime: Any) -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises: classes of its binding, which have no base of their own, and wrong arguments."""
    state = runtime.capi.onnxruntime_pybind11_state
    own = [kind for kind in vars(state).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    return (*own, ValueError, RuntimeError)


def _session_options(runtime: Any, providers: list[Any]) -> onnxruntime.SessionOptions:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    # DirectML runs with neither memory patterns nor parallel branches (ONNX Runtime's documentation).
    options.enable_mem_pattern = "DmlExecutionProvider" not in providers
    return options


def _providers(device: torch.device, available: list[str]) -> list[Any]:
    """Providers in order of preference; the processor always comes last."""
    wanted: dict[str, Any] = {
        "CUDAExecutionProvider": ("CUDAExecutionProvider", {"device_id": device.index or 0}),
        "CoreMLExecutionProvider": "CoreMLExecutionProvider",
        "DmlExecutionProvider": "DmlExecutionProvider",
    }
    names = {"cuda": ["CUDAExecutionProvider"], "mps": ["CoreMLExecutionProvider"]}.get(device.type, [])
    if device.type != "cpu" and sys.platform == "win32":
        names = [*names, "DmlExecutionProvider"]
    found = [wanted[name] for name in names if name in available]
    if names and not found:
        _LOG.warning("the installed onnxruntime has no provider for %s; pose detection runs on the processor", device)
    return [*found[:1], "CPUExecutionProvider"]


def open_opencv(path: Path) -> Opened:
    """Open an ONNX file with OpenCV, on the processor, picture by picture.

    OpenCV 4.9 reduces batches of three and more wrongly, without an error; on a processor nothing is lost without them.

    Args:
        path: the file; read into memory first, as OpenCV on Windows opens no other than ASCII names.

    Raises:
        LoadError: cut off, no ONNX file, or operators that the installed version does not know.
        MemoryError: no room; so does what is opened, when it runs.
    """
    try:
        network = cv2.dnn.readNetFromONNX(np.fromfile(path, np.uint8))
        names = network.getUnconnectedOutLayersNames()
    except (cv2.error, OSError) as error:
        _pass_on_no_memory(path, error)
        found = f"{path}, which OpenCV cannot open ({_first_line(error)})"
        raise LoadError(found, "an ONNX file", f"{_AGAIN} {_INSTALL}") from error
    _LOG.info("%s runs in OpenCV %s on the processor; onnxruntime is faster", path.name, cv2.__version__)

    def run(pictures: np.ndarray) -> list[np.ndarray]:
        try:
            network.setInput(pictures)
            return [np.array(output, np.float32) for output in network.forward(names)]
        except cv2.error as error:
            _pass_on_no_memory(path, error)
            raise _failed(path, error, _INSTALL) from error

    return Opened(run, batch=1)


def _pass_on_no_memory(path: Path, error: Exception) -> None:
    """Raise MemoryError where that is what a library's own error says: another file would not help."""
    if is_out_of_memory(error):
        raise MemoryError(f"{path.name}: {_first_line(error)}") from error


def _failed(path: Path, error: Exception, remedy: str) -> ControlError:
    return ControlError(f"{path.name} failing ({_first_line(error)})", "a network that runs", remedy)


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
