"""TorchScript archives of a detector, looked through before torch loads them.

Unlike a pickle, such an archive names no Python functions: torch interprets its code in a language of its own, and
the tensors beside it are unpickled by torch's own reader, which knows no foreign classes. That language still has
operators that write or open files and talk to other machines, and may run methods while loading. A network needs none
of them, so an archive that names one is refused before anything of it runs.
"""

from __future__ import annotations

import ast
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ...errors import ControlError, LoadError
from ...types import is_out_of_memory
from .opened import Opened

OPERATORS = {"prim", "aten"}
"""Name spaces of operators a network needs."""
UNSAFE = {"save", "load", "from_file", "getattr", "__setstate__", "__getstate__", "rpc_async", "rpc_sync", "rpc_remote"}
"""Names that open files, reach other machines, hide other names, or run while an archive is loaded."""
_REMEDY = "Use the ONNX file, or an archive from a source you trust that was traced from the network alone."


def open_torch_script(path: Path, device: torch.device) -> Opened:
    """Load a TorchScript archive whose code is harmless.

    Args:
        path: the file.
        device: where it runs, in float32.

    Raises:
        LoadError: cut off, no TorchScript archive, or code that does more than compute.
    """
    _refuse_unsafe(path)
    try:
        with path.open("rb") as stream, warnings.catch_warnings():
            # Announced as superseded by torch.export, for which no published detector exists.
            warnings.simplefilter("ignore", DeprecationWarning)
            network = torch.jit.load(stream, map_location=device).eval().float()
    except (RuntimeError, ValueError) as error:
        if is_out_of_memory(error):
            raise
        found = f"{path}, which torch cannot load ({str(error).strip().splitlines()[0][:200]})"
        raise LoadError(found, "a TorchScript archive", "Download it again and let it finish.") from error

    def run(pictures: np.ndarray) -> list[np.ndarray]:
        try:
            with torch.inference_mode():
                outputs = network(torch.from_numpy(pictures).to(device))
        except RuntimeError as error:
            if is_out_of_memory(error):
                raise
            found = f"{path.name} failing ({str(error).strip().splitlines()[-1][:200]})"
            raise ControlError(found, "a network that runs", "Use its ONNX form.") from error
        return [output.float().cpu().numpy() for output in _tensors(outputs)]

    return Opened(run)


def _tensors(outputs: object) -> list[torch.Tensor]:
    parts = outputs if isinstance(outputs, (tuple, list)) else [outputs]
    return [part for part in parts if isinstance(part, torch.Tensor)]


def _refuse_unsafe(path: Path) -> None:
    """Raise LoadError unless all code in the archive was read and is harmless."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            sources = [archive.read(name).decode() for name in names if name.endswith(".py")]
    except (zipfile.BadZipFile, OSError, ValueError, EOFError) as error:
        raise LoadError(f"{path}, a damaged archive", "a TorchScript archive", "Download it again.") from error
    if not sources or len(set(names)) < len(names) or any(name.endswith("model.json") for name in names):
        found = f"{path}, an archive without TorchScript code (weights alone?)"
        raise LoadError(found, "a TorchScript archive", _REMEDY)
    unsafe = sorted({name for source in sources for name in _unsafe_names(source)})
    if unsafe:
        raise LoadError(f"code in {path} that uses {', '.join(unsafe)}", "a network that only computes", _REMEDY)


def _unsafe_names(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        yield "a form that cannot be read"
        return
    layers = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and _names_layer(node)}
    for node in ast.walk(tree):
        name = _name(node)
        if name in UNSAFE and id(node) not in layers:
            yield name
        if isinstance(node, ast.Attribute) and _name(node.value) == "ops" and node.attr not in OPERATORS:
            yield f"ops.{node.attr}"


def _names_layer(call: ast.Call) -> bool:
    """Whether a call is ``getattr(self.blocks, "0")``, the way in which numbered layers are written."""
    if not isinstance(call.func, ast.Name) or call.func.id != "getattr" or len(call.args) != 2:
        return False
    holder, name = call.args
    roots = {node.id for node in ast.walk(holder) if isinstance(node, ast.Name)} - {"getattr"}
    is_word = isinstance(name, ast.Constant) and isinstance(name.value, str) and name.value not in UNSAFE
    return is_word and not roots & {"torch", "ops"}


def _name(node: ast.AST) -> str:
    """The last name of a node that has one."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return node.name if isinstance(node, ast.FunctionDef) else ""
