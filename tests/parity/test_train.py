"""Noise, loss, dropped conditions and gradients against the published training code.

The subset kept with the tests leaves out the pose clip and the gradients for room; what needs them is skipped there
and runs on the whole folder of reference numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from anchorcrafter_core.sampling.schedule import denoised_from_v, input_scale, timestep
from anchorcrafter_core.training.edm import (
    CLIP_NOISE,
    PICTURE_NOISE,
    LogNormal,
    clip_loss,
    loss_scale,
)
from anchorcrafter_core.training.network import Sample, TrainedNetwork, forget_activations
from anchorcrafter_core.training.published_resize import coarse_kernel_bicubic
from anchorcrafter_core.training.region import interaction_region, published_masks, region_weights
from anchorcrafter_core.types import AnchorConditioning, AnchorModels, ControlSignals
from tests.parity.oracle import Oracle, read_oracle
from tests.tiny import relative_error

NETWORK, LOSS, GRADIENT = 5e-5, 1e-4, 1e-3
DROPPED = ("none", "prompt", "both", "image")
DROP_PROBABILITY = 0.1


def read_numbers(oracle: Oracle) -> dict[str, Tensor]:
    """All tensors of the training family; the subset is kept compressed."""
    subset = oracle.root / "train" / "train.npz"
    if not subset.is_file():
        return oracle.tensors("train/train.safetensors")
    with np.load(subset, allow_pickle=False) as arrays:
        return {name: torch.from_numpy(arrays[name]) for name in arrays.files}


NUMBERS = read_numbers(read_oracle())
REPORT = read_oracle().json("train/report.json")
GRADIENTS = sorted(name.removeprefix("grad.") for name in NUMBERS if name.startswith("grad."))
needs_pose = pytest.mark.skipif("pose_uint8" not in NUMBERS, reason="the pose clip is not in the subset")


def size_of(oracle: Oracle) -> int:
    """Tokens per view and their width stand in the object tokens of the family of the nets."""
    return oracle.tensors("nets/nets.safetensors")["obj_tokens_float16"].shape[1] // 3


@pytest.fixture(scope="module")
def sample(oracle: Oracle) -> Sample:
    """The clip of the reference numbers, nothing dropped."""
    hand, track = NUMBERS["hand_uint8"][0], NUMBERS["track_uint8"][0]
    pose = NUMBERS["pose_uint8"][0] if "pose_uint8" in NUMBERS else torch.zeros_like(hand)
    hands, product = published_masks(hand, track)
    fps, bucket, strength = NUMBERS["net_added_time_ids"][0].tolist()
    conditioning = AnchorConditioning(
        image_token=NUMBERS["net_clip_embedding"][:, None],
        product=None,
        reference_latent=NUMBERS["net_cond_latents"],
        object_latent=NUMBERS["net_cond_latents_obj"],
        controls=ControlSignals(pose, hand, track, product, hands),
        person=torch.zeros(3, *pose.shape[-2:], dtype=torch.uint8),
        fps=fps,
        motion_bucket=bucket,
        noise_augmentation=strength,
    )
    tokens = oracle.tensors("nets/nets.safetensors")["obj_tokens_float16"].float()
    return Sample(
        name="reference",
        noisy=NUMBERS["net_noisy"][0],
        target=NUMBERS["net_latents"][0],
        sigma=NUMBERS["net_sigmas"][0],
        weights=region_weights(interaction_region(product, hands)),
        conditioning=conditioning,
        features=tokens.reshape(1, 3, size_of(oracle), -1),
    )


@pytest.fixture()
def network(oracle_models: AnchorModels) -> Iterator[TrainedNetwork]:
    """The network of the reference numbers with all parameters learning; frozen again afterwards."""
    network = TrainedNetwork(oracle_models).requires_grad_(True)
    yield network
    network.requires_grad_(False)
    network.zero_grad(set_to_none=True)


@pytest.mark.parametrize(("noise", "name"), [(CLIP_NOISE, "train"), (PICTURE_NOISE, "cond")])
def test_noise_levels_at_the_published_draws(noise: LogNormal, name: str) -> None:
    torch.testing.assert_close(noise.at(NUMBERS[f"log_normal_{name}_u"]), NUMBERS[f"log_normal_{name}"])


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (input_scale, "c_in"),
        (lambda sigma: denoised_from_v(torch.zeros(()), torch.ones(()), sigma), "c_out"),
        (lambda sigma: denoised_from_v(torch.ones(()), torch.zeros(()), sigma), "c_skip"),
        (loss_scale, "weighing"),
        (timestep, "timestep"),
    ],
)
def test_the_form_of_edm(function: Callable[[Tensor], Tensor], name: str) -> None:
    torch.testing.assert_close(function(NUMBERS["edm_sigmas"]), NUMBERS[f"edm_{name}"])


def test_the_noisy_clip_and_what_the_network_sees_of_it(sample: Sample) -> None:
    noisy = NUMBERS["net_latents"] + NUMBERS["net_noise"] * sample.sigma
    torch.testing.assert_close(noisy, NUMBERS["net_noisy"])
    torch.testing.assert_close(noisy * input_scale(sample.sigma), NUMBERS["net_inp_noisy"])


@pytest.mark.parametrize("number", range(sum(name.endswith("_in") and "resize" in name for name in NUMBERS)))
def test_the_resize_with_a_float16_kernel(number: int) -> None:
    got, want = NUMBERS[f"train_resize_{number}_in"], NUMBERS[f"train_resize_{number}_out"]
    height, width = want.shape[-2:]
    torch.testing.assert_close(coarse_kernel_bicubic(got, (height, width)), want, atol=2e-5, rtol=0)


@pytest.mark.parametrize("region", DROPPED)
def test_the_network_in_every_region_of_the_dropout(network: TrainedNetwork, sample: Sample, region: str) -> None:
    if region in {"none", "prompt"} and "pose_uint8" not in NUMBERS:
        pytest.skip("the pose clip is not in the subset")
    draw = REPORT[f"drop_{region}"]["random_p"]
    with torch.no_grad():
        got = network([_dropping(sample, draw)])
    assert relative_error(got, NUMBERS[f"net_out_drop_{region}"]) <= NETWORK


@pytest.mark.parametrize("region", DROPPED)
def test_computing_what_is_dropped_changes_nothing(oracle_models: AnchorModels, sample: Sample, region: str) -> None:
    row = _dropping(sample, REPORT[f"drop_{region}"]["random_p"])
    with torch.no_grad():
        lazy, whole = (TrainedNetwork(oracle_models, skips)([row]) for skips in (True, False))
    assert relative_error(lazy, whole) <= 1e-5


def test_denoised_latents(sample: Sample) -> None:
    got = denoised_from_v(NUMBERS["net_noisy"], NUMBERS["net_out"], sample.sigma)
    torch.testing.assert_close(got, NUMBERS["denoised"], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", sorted(name for name in REPORT if name.startswith("loss_finetune")))
def test_losses(sample: Sample, name: str) -> None:
    fine_tunes, rate = name.removeprefix("loss_finetune").split("_rate")
    hands, product = published_masks(NUMBERS["hand_uint8"][0], NUMBERS["track_uint8"][0])
    weights = region_weights(interaction_region(product, None if fine_tunes == "1" else hands), float(rate))
    assert _loss(sample, weights).item() == pytest.approx(REPORT[name], rel=LOSS)


def test_the_loss_without_weights(sample: Sample) -> None:
    weights = torch.ones_like(sample.weights)
    assert _loss(sample, weights).item() == pytest.approx(REPORT["loss_unweighted"], rel=LOSS)


@needs_pose
@pytest.mark.parametrize("checkpointing", [False, True])
def test_gradients(network: TrainedNetwork, sample: Sample, checkpointing: bool) -> None:
    unet = network.models.unet.unet
    if checkpointing:
        forget_activations(unet)
        network.train()
    _backward(network, sample)
    unet.disable_gradient_checkpointing()
    for block in unet.modules():
        vars(block).pop("forward", None)
    network.eval()
    found = {name: weight.grad for name, weight in network.named_parameters() if weight.grad is not None}
    for name in GRADIENTS:
        assert relative_error(found[name], NUMBERS[f"grad.{name}"]) <= GRADIENT, name
    for name, norm in REPORT["grad_norms"].items():
        assert float(found[name].norm()) == pytest.approx(norm, rel=GRADIENT), name
    total = torch.stack([gradient.norm() for gradient in found.values()]).norm()
    assert float(total) == pytest.approx(REPORT["grad_norm_total"], rel=GRADIENT)


def test_every_case_is_compared() -> None:
    assert {f"drop_{region}" for region in DROPPED} == {name for name in REPORT if name.startswith("drop_")}
    assert sum(name.startswith("loss_finetune") for name in REPORT) == 4


def _dropping(sample: Sample, draw: float) -> Sample:
    """The sample at a draw of the dropout."""
    return replace(sample, drop_draw=draw, drop_probability=DROP_PROBABILITY)


def _loss(sample: Sample, weights: Tensor) -> Tensor:
    return clip_loss(NUMBERS["net_out"][0], sample.noisy, sample.target, sample.sigma, weights)


def _backward(network: TrainedNetwork, sample: Sample) -> None:
    prediction = network([sample])
    loss = clip_loss(prediction[0], sample.noisy, sample.target, sample.sigma, sample.weights)
    with network.recomputing():
        loss.backward()
