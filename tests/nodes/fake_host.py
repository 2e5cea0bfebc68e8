"""A thin stand-in for the few calls of ComfyUI that the nodes make, so that they are tested without it.

Schema fields and input arguments are those of ComfyUI 0.3.64; any other one is a TypeError, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

CPU = torch.device("cpu")
COMMON = {"id", "display_name", "optional", "tooltip", "lazy", "extra_dict"}
WIDGET = COMMON - {"extra_dict"} | {"default", "socketless", "force_input"}
NUMBER = WIDGET | {"min", "max", "step", "display_mode"}
ARGUMENTS: dict[str, set[str]] = {
    "INT": NUMBER | {"control_after_generate"},
    "FLOAT": NUMBER | {"round"},
    "BOOLEAN": WIDGET | {"label_on", "label_off"},
    "STRING": WIDGET | {"multiline", "placeholder", "dynamic_prompts"},
    "COMBO": WIDGET - {"force_input"} | {"options", "control_after_generate", "upload", "image_folder", "remote"},
}
TYPES = {
    "Int": "INT", "Float": "FLOAT", "Boolean": "BOOLEAN", "String": "STRING", "Combo": "COMBO", "Image": "IMAGE",
    "Mask": "MASK", "Latent": "LATENT", "Vae": "VAE", "ClipVision": "CLIP_VISION", "Sampler": "SAMPLER",
    "Sigmas": "SIGMAS", "Video": "VIDEO", "Audio": "AUDIO", "AnyType": "*",
}  # fmt: skip


class Interrupted(Exception):
    """The host's InterruptProcessingException."""


@dataclass
class Socket:
    """One input or output of a schema."""

    io_type: str
    id: str | None
    given: dict[str, Any]

    @property
    def optional(self) -> bool:
        """Whether it may stay unconnected."""
        return bool(self.given.get("optional"))

    @property
    def min(self) -> float | None:
        """The least number it takes."""
        return self.given.get("min")

    @property
    def max(self) -> float | None:
        """The greatest number it takes."""
        return self.given.get("max")


@dataclass
class Schema:
    """The fields of 0.3.64."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Socket] = field(default_factory=list)
    outputs: list[Socket] = field(default_factory=list)
    hidden: list[Any] = field(default_factory=list)
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_api_node: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False


class NodeOutput:
    """What a node returns."""

    def __init__(self, *args: Any, ui: Any = None, expand: Any = None, block_execution: str | None = None) -> None:
        self.args, self.ui, self.expand, self.block_execution = args, ui, expand, block_execution
        self.result = args


class ComfyNode:
    """Base of all nodes."""

    hidden = SimpleNamespace(unique_id="7", prompt=None)


class ComfyExtension:
    """Base of a package's extension."""


def socket_type(io_type: str) -> type:
    """A type of the host with its ``Input`` and ``Output``."""
    allowed = ARGUMENTS.get(io_type, COMMON)

    def make_input(id: str, **given: Any) -> Socket:
        unknown = set(given) - allowed
        if unknown:
            raise TypeError(f"{io_type} input {id}: {sorted(unknown)}")
        return Socket(io_type, id, given)

    def make_output(id: str | None = None, **given: Any) -> Socket:
        unknown = set(given) - {"display_name", "tooltip", "is_output_list"}
        if unknown:
            raise TypeError(f"{io_type} output {id}: {sorted(unknown)}")
        return Socket(io_type, id, given)

    return type(io_type, (), {"io_type": io_type, "Input": make_input, "Output": make_output})


def several_types(id: str, types: list[type], **given: Any) -> Socket:
    """An input that takes more than one type."""
    unknown = set(given) - COMMON
    if unknown:
        raise TypeError(f"input {id}: {sorted(unknown)}")
    return Socket(",".join(vars(kind)["io_type"] for kind in types), id, given)


class Patcher:
    """ModelPatcher without its streaming: it remembers what it was given."""

    def __init__(self, model: nn.Module, load_device: torch.device, offload_device: torch.device) -> None:
        self.model, self.load_device, self.offload_device = model, load_device, offload_device
        vars(model)["device"] = offload_device


@dataclass
class FakeHost:
    """What the nodes did to the host, and how it behaves.

    Attributes:
        folder: base folder with models and temp in it.
        loads: per request the class-free names of the networks and the bytes asked for.
        bars: (done, total, preview) of all progress bars in order.
        texts: (text, node id) shown on nodes.
        is_interrupted: whether the user has pressed the button.
        previewer: what latent previews are made with, ``None`` for switched off.
        load_device: where the UNet runs.
    """

    folder: Path
    loads: list[tuple[list[str], int]] = field(default_factory=list)
    bars: list[tuple[int, int, Any]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    is_interrupted: bool = False
    previewer: Any = None
    load_device: torch.device = CPU
    attention_calls: int = 0

    def load_models_gpu(self, patchers: list[Patcher], memory_required: int = 0) -> None:
        """Note a request for memory."""
        names = [name for patcher in patchers for name, _ in patcher.model.named_children()]
        self.loads.append((names, memory_required))

    def throw_exception_if_processing_interrupted(self) -> None:
        """Raise once the button was pressed."""
        if self.is_interrupted:
            raise Interrupted

    def optimized_attention(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        heads: int,
        skip_reshape: bool = False,
        skip_output_reshape: bool = False,
    ) -> Tensor:
        """The host's attention, in its two shapes."""
        self.attention_calls += 1
        if not skip_reshape:
            query, key, value = (t.unflatten(-1, (heads, -1)).transpose(1, 2) for t in (query, key, value))
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value)
        return mixed if skip_output_reshape else mixed.transpose(1, 2).flatten(-2)

    def get_previewer(self, device: torch.device, latent_format: Any) -> Any:
        """The previewer the user chose."""
        return self.previewer and self.previewer(latent_format)


class ContinuousEDM(nn.Module):
    """The host's description of a noise schedule."""

    def set_parameters(self, sigma_min: float, sigma_max: float, sigma_data: float) -> None:
        """Set the range of noise levels."""
        self.sigma_min, self.sigma_max = torch.tensor(sigma_min), torch.tensor(sigma_max)


class VPrediction:
    """The host's scaling of noise."""

    def noise_scaling(self, sigma: Tensor, noise: Tensor, latent: Tensor, max_denoise: bool = False) -> Tensor:
        """Unit noise at a level."""
        return noise * ((1 + sigma**2).sqrt() if max_denoise else sigma) + latent


@dataclass
class KSampler:
    """A SAMPLER: a function of k-diffusion's kind under the host's wrapping."""

    sampler_function: Callable[..., Tensor]

    def sample(
        self,
        model: Any,
        sigmas: Tensor,
        extra_args: dict[str, Any],
        callback: Callable[..., None] | None,
        noise: Tensor,
        latent_image: Tensor,
        denoise_mask: Tensor | None,
        disable_pbar: bool,
    ) -> Tensor:
        """Scale the noise and run the function."""
        sampling = model.inner_model.model_sampling
        is_first = bool(sigmas[0] >= sampling.sigma_max * (1 - 1e-5))
        x = sampling.noise_scaling(sigmas[0], noise, latent_image, is_first)
        return self.sampler_function(model, x, sigmas, extra_args=extra_args, callback=callback)


def sample_euler(
    model: Any, x: Tensor, sigmas: Tensor, extra_args: dict[str, Any], callback: Callable[..., None] | None
) -> Tensor:
    """k-diffusion's Euler: one call per step."""
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * x.new_ones(1), **extra_args)
        if callback:
            callback(i)
        x = x + (x - denoised) / sigmas[i] * (sigmas[i + 1] - sigmas[i])
    return x


def sample_heun(
    model: Any, x: Tensor, sigmas: Tensor, extra_args: dict[str, Any], callback: Callable[..., None] | None
) -> Tensor:
    """k-diffusion's Heun: two calls per step but the last."""
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * x.new_ones(1), **extra_args)
        if callback:
            callback(i)
        slope = (x - denoised) / sigmas[i]
        ahead = x + slope * (sigmas[i + 1] - sigmas[i])
        if sigmas[i + 1] > 0:
            again = model(ahead, sigmas[i + 1] * x.new_ones(1), **extra_args)
            slope = (slope + (ahead - again) / sigmas[i + 1]) / 2
        x = x + slope * (sigmas[i + 1] - sigmas[i])
    return x


def sample_euler_cfg_pp(
    model: Any, x: Tensor, sigmas: Tensor, extra_args: dict[str, Any], callback: Callable[..., None] | None
) -> Tensor:
    """A sampler that asks for the pass without conditions."""
    options = {**extra_args.get("model_options", {}), "sampler_post_cfg_function": [print]}
    return model(x, sigmas[0] * x.new_ones(1), model_options=options)


SAMPLERS = {"euler": sample_euler, "heun": sample_heun, "euler_cfg_pp": sample_euler_cfg_pp}


class VideoFromFile:
    """A VIDEO over a file."""

    def __init__(self, file: str) -> None:
        self.file = file


def manual_cast() -> SimpleNamespace:
    """The host's casting twins, without the casting."""
    names = ("Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose2d", "GroupNorm", "LayerNorm")
    return SimpleNamespace(**{n: type(n, (getattr(nn, n),), {"comfy_cast_weights": True}) for n in names})


def folder_paths(host: FakeHost) -> dict[str, Any]:
    """The host's folders below ``host.folder``."""
    models = host.folder / "models"
    endings = {".pth", ".pt", ".safetensors"}
    known: dict[str, tuple[list[str], set[str]]] = {
        name: ([str(models / name)], endings) for name in ("checkpoints", "clip_vision", "diffusers")
    }

    def add_model_folder_path(name: str, path: str) -> None:
        paths, _ = known.setdefault(name, ([], set()))
        paths += [] if path in paths else [path]

    def files(name: str) -> Iterator[str]:
        paths, allowed = known[name]
        for root in map(Path, paths):
            found = (file for file in root.rglob("*") if file.is_file())
            yield from (file.relative_to(root).as_posix() for file in found if not allowed or file.suffix in allowed)

    def get_full_path(name: str, file: str) -> str | None:
        places = [Path(root) / file for root in known[name][0]]
        return next((str(place) for place in places if place.is_file()), None)

    return {
        "models_dir": str(models),
        "folder_names_and_paths": known,
        "supported_pt_extensions": endings,
        "add_model_folder_path": add_model_folder_path,
        "get_folder_paths": lambda name: known[name][0],
        "get_filename_list": lambda name: sorted(files(name)),
        "get_full_path": get_full_path,
        "get_temp_directory": lambda: str(host.folder / "temp"),
        "get_input_directory": lambda: str(host.folder / "input"),
        "get_output_directory": lambda: str(host.folder / "output"),
    }


def tiled_scale(
    samples: Tensor, function: Callable[[Tensor], Tensor], *tiling: float, out_channels: int, **_: Any
) -> Tensor:
    """One tile as large as the picture."""
    result = function(samples)
    assert result.shape[1] == out_channels
    return result


def management(host: FakeHost) -> dict[str, Any]:
    """The functions of ``comfy.model_management``."""

    def unet_dtype(device: torch.device, model_params: int = 0) -> torch.dtype:
        return torch.float32

    return {
        "get_torch_device": lambda: host.load_device,
        "unet_offload_device": lambda: CPU,
        "text_encoder_device": lambda: CPU,
        "text_encoder_offload_device": lambda: CPU,
        "vae_device": lambda: CPU,
        "vae_offload_device": lambda: CPU,
        "unet_dtype": unet_dtype,
        "vae_dtype": lambda device, allowed: torch.float32,
        "text_encoder_dtype": lambda device: torch.float16,
        "should_use_fp16": lambda device, prioritize_performance=True: False,
        "unet_manual_cast": lambda kept, device: None if kept == torch.float32 else torch.float32,
        "intermediate_device": lambda: CPU,
        "load_models_gpu": host.load_models_gpu,
        "throw_exception_if_processing_interrupted": host.throw_exception_if_processing_interrupted,
        "InterruptProcessingException": Interrupted,
    }


def modules(host: FakeHost) -> dict[str, ModuleType]:
    """The host's modules by name."""
    sockets = {name: socket_type(io_type) for name, io_type in TYPES.items()}
    hidden = Enum("Hidden", {"unique_id": "UNIQUE_ID", "prompt": "PROMPT"})
    io = {"Schema": Schema, "NodeOutput": NodeOutput, "ComfyNode": ComfyNode, "Custom": socket_type, "Hidden": hidden}
    io["MultiType"] = SimpleNamespace(Input=several_types)

    class ProgressBar:
        def __init__(self, total: int) -> None:
            self.total = total

        def update_absolute(self, done: int, total: int | None = None, preview: Any = None) -> None:
            host.bars.append((done, total or self.total, preview))

    def send_progress_text(text: str, node_id: str) -> None:
        host.texts.append((text, node_id))

    latent_format = type("LatentFormat", (), {"latent_rgb_factors": None, "taesd_decoder_name": None})
    image_format = type("SD15", (latent_format,), {"taesd_decoder_name": "taesd_decoder"})
    contents: dict[str, dict[str, Any]] = {
        "comfy_api": {},
        "comfy_api.latest": {
            "io": SimpleNamespace(**io, **sockets),
            "ui": SimpleNamespace(PreviewText=lambda value: {"text": (value,)}),
            "ComfyExtension": ComfyExtension,
            "InputImpl": SimpleNamespace(VideoFromFile=VideoFromFile),
        },
        "comfy": {},
        "comfy.model_management": management(host),
        "comfy.model_patcher": {"ModelPatcher": Patcher},
        "comfy.ops": {"manual_cast": manual_cast()},
        "comfy.utils": {"ProgressBar": ProgressBar, "tiled_scale": tiled_scale},
        "comfy.ldm": {},
        "comfy.ldm.modules": {},
        "comfy.ldm.modules.attention": {
            "optimized_attention": host.optimized_attention,
            "attention_sub_quad": None,
            "attention_pytorch": host.optimized_attention,
        },
        "comfy.latent_formats": {"LatentFormat": latent_format, "SD15": image_format},
        "comfy.model_sampling": {"ModelSamplingContinuousEDM": ContinuousEDM, "V_PREDICTION": VPrediction},
        "comfy.samplers": {"sampler_object": lambda name: KSampler(SAMPLERS[name])},
        "latent_preview": {"get_previewer": host.get_previewer},
        "folder_paths": folder_paths(host),
        "server": {"PromptServer": SimpleNamespace(instance=SimpleNamespace(send_progress_text=send_progress_text))},
    }
    made = {name: ModuleType(name) for name in contents}
    for name, content in contents.items():
        vars(made[name]).update(content)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(made[parent], child, made[name])
    return made
