"""Person, product and controls to conditioning: sizes, strengths, the mask of the product branch, who is loaded."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.nodes.conftest import Pack
from tests.tiny import noise_bytes

FRAMES, SIZE = 4, (128, 64)
NUMBERS = {
    "person_strength": 1.0, "product_strength": 0.8, "pose_strength": 0.7, "hand_strength": 0.6, "track_strength": 0.5,
    "start_percent": 0.1, "end_percent": 0.9,
}  # fmt: skip


@pytest.fixture
def controls(pack: Pack) -> Any:
    clips = [noise_bytes(FRAMES, 3, *SIZE, seed=seed) for seed in (1, 2, 3)]
    masks = {name: torch.zeros(FRAMES, *SIZE, dtype=torch.bool) for name in ("object_mask", "hand_mask")}
    return pack("anchorcrafter_core.types").ControlSignals(*clips, **masks)


def apply(pack: Pack, models: Any, controls: Any, **given: Any) -> Any:
    person = given.pop("person", torch.rand(1, *SIZE, 3, generator=torch.Generator().manual_seed(0)))
    return pack("nodes.condition").DualAdapterApply.execute(models, person, controls, **(NUMBERS | given)).args[0]


def product(pack: Pack, models: Any, seed: int = 5) -> Any:
    return pack("nodes.product_tokens").encoded(models, noise_bytes(3, 3, 518, 518, seed=seed))


def test_everything_arrives(pack: Pack, built_in: Any, controls: Any) -> None:
    made = apply(pack, built_in, controls, product=product(pack, built_in))
    strengths = made.strengths
    named = (strengths.person, strengths.product, strengths.pose, strengths.hand, strengths.track)
    assert (*named, strengths.start, strengths.end) == tuple(NUMBERS.values())
    assert made.reference_latent.shape == made.object_latent.shape == (1, 4, SIZE[0] // 8, SIZE[1] // 8)
    assert made.controls is controls and made.product_mask is None


def test_the_product_decides_the_tokens(pack: Pack, built_in: Any, controls: Any) -> None:
    mug, box = (product(pack, built_in, seed) for seed in (5, 6))
    assert apply(pack, built_in, controls, product=mug).product is mug
    without = apply(pack, built_in, controls).product
    assert without.views.max() == 0
    assert not torch.equal(without.sequence(), box.sequence())


def test_the_object_encoder_is_only_loaded_when_tokens_have_to_be_made(
    pack: Pack, built_in: Any, controls: Any, host: Any
) -> None:
    mug = product(pack, built_in)
    host.loads.clear()
    apply(pack, built_in, controls, product=mug)
    assert {name for names, _ in host.loads for name in names} == {"image_encoder", "vae"}
    apply(pack, built_in, controls)
    assert "object_encoder" in {name for names, _ in host.loads for name in names}


def test_a_person_of_another_size_is_cut_like_the_controls(pack: Pack, built_in: Any, controls: Any) -> None:
    assert apply(pack, built_in, controls, person=torch.rand(2, 300, 200, 3)).person.shape == (3, *SIZE)


@pytest.mark.parametrize(("count", "kept"), [(1, 1), (FRAMES - 1, FRAMES), (FRAMES, FRAMES)])
def test_masks_fit_the_frames(pack: Pack, built_in: Any, controls: Any, count: int, kept: int) -> None:
    mask = torch.zeros(count, 32, 32)
    mask[:, :, 16:] = 1
    fitted = apply(pack, built_in, controls, product_mask=mask).product_mask
    assert fitted.shape == (kept, *SIZE)
    assert fitted[:, :, :28].max() == 0 and fitted[:, :, 36:].min() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"product_mask": torch.ones(7, 32, 32)}, "7 masks in product_mask"),
        ({"start_percent": 0.9, "end_percent": 0.2}, "start 0.9, end 0.2"),
    ],
)
def test_wrong_numbers_are_refused_before_any_network_runs(
    pack: Pack, built_in: Any, controls: Any, host: Any, given: dict, words: str
) -> None:
    host.loads.clear()
    with pytest.raises(pack("anchorcrafter_core.errors").AnchorError, match=words):
        apply(pack, built_in, controls, **given)
    assert host.loads == []
