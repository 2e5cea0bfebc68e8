"""Laws of the adapter: inject and eject are inverse, preparation changes nothing, strengths and masks scale.

All in float64: in float32 a network of random weights makes 1e-5 and more of what two CPUs add up in different orders.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import pytest
import torch
from diffusers.models.unets.unet_spatio_temporal_condition import UNetSpatioTemporalConditionModel
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from anchorcrafter_core.models.dual_adapter import (
    CallConditions,
    LayerContext,
    cross_attention_layers,
    inject,
    processor_of,
)
from anchorcrafter_core.models.specs import ANCHORCRAFTER, MIMICMOTION, ModelSpec, without
from anchorcrafter_core.models.unet import AnchorUNet, masks_by_cells
from anchorcrafter_core.types import AnchorModels
from tests import tiny
from tests.tiny import FRAME, SMALL, WIDTH, relative_error

CELLS = (FRAME[0] // 8, FRAME[1] // 8)
FRAMES = 3


def noise(*shape: int, seed: int = 0) -> Tensor:
    """Unit float64 noise."""
    return tiny.noise(*shape, seed=seed).double()


def small_models(spec: ModelSpec = ANCHORCRAFTER) -> AnchorModels:
    """Random nets whose UNet computes in float64."""
    models = tiny.small_models(spec)
    models.unet.double()
    return models


@pytest.fixture(scope="module")
def models() -> AnchorModels:
    return small_models()


@pytest.fixture(scope="module")
def joined() -> AnchorModels:
    return small_models(without(ANCHORCRAFTER, "dual_adapter"))


@pytest.fixture(scope="module")
def context() -> Tensor:
    return noise(1, 20, WIDTH, seed=1)


def run(unet: AnchorUNet, conditions: CallConditions) -> Tensor:
    sample = noise(1, FRAMES, 12, *CELLS, seed=2)
    return unet(sample, torch.tensor(0.7), torch.tensor([[6.0, 127.0, 0.0]]), conditions)


def plain(unet: AnchorUNet, context: Tensor) -> Tensor:
    """The pass without preparation: diffusers hands the whole context to every layer."""
    sample = noise(1, FRAMES, 12, *CELLS, seed=2)
    return unet.unet(sample, torch.tensor(0.7), context, torch.tensor([[6.0, 127.0, 0.0]]), return_dict=False)[0]


def test_eject_undoes_inject() -> None:
    torch.manual_seed(0)
    unet = UNetSpatioTemporalConditionModel(**SMALL.unet).eval().double()
    context = noise(1, 1, WIDTH)
    inputs = (noise(1, FRAMES, 12, *CELLS), torch.tensor(0.5), context, torch.tensor([[6.0, 127.0, 0.0]]))
    with torch.no_grad():
        before, names = unet(*inputs).sample, set(unet.state_dict())
        injection = inject(unet, tokens=19)
        assert set(unet.state_dict()) - names == {
            f"{layer}.processor.{matrix}.weight"
            for layer in cross_attention_layers(unet)
            for matrix in ("to_k_ip", "to_v_ip")
        }
        injection.eject(unet)
        assert set(unet.state_dict()) == names
        assert torch.equal(unet(*inputs).sample, before)


def test_a_joined_attention_adds_no_weight_and_leaves_none() -> None:
    torch.manual_seed(0)
    unet = UNetSpatioTemporalConditionModel(**SMALL.unet).eval().double()
    inputs = (noise(1, FRAMES, 12, *CELLS), torch.tensor(0.5), noise(1, 1, WIDTH), torch.tensor([[6.0, 127.0, 0.0]]))
    with torch.no_grad():
        before, names = unet(*inputs).sample, set(unet.state_dict())
        injection = inject(unet, tokens=19, adapter="joined")
        assert set(unet.state_dict()) == names
        injection.eject(unet)
        assert torch.equal(unet(*inputs).sample, before)


def test_a_joined_attention_is_diffusers_own_over_all_tokens(context: Tensor) -> None:
    unet = small_models(without(ANCHORCRAFTER, "dual_adapter")).unet
    prepared, unprepared = run(unet, CallConditions(unet.prepare(context))), plain(unet, context)
    unet.injection.eject(unet.unet)
    own = plain(unet, context)
    assert relative_error(prepared, own) <= 1e-10
    assert relative_error(unprepared, own) <= 1e-10


def test_in_a_joined_attention_person_and_product_share_a_softmax(joined: AnchorModels, context: Tensor) -> None:
    """A louder image token takes attention away from the product, and one attention is all there is."""
    name, layer = next(iter(cross_attention_layers(joined.unet.unet).items()))
    processor, rows = processor_of(layer), noise(FRAMES, 8, WIDTH)

    def product_share(loud: float) -> Tensor:
        changed = context.clone()
        changed[:, 0] *= loud
        with joined.unet.injection.seam.holding(CallConditions({name: processor.prepare(layer, changed)}, person=0.0)):
            return processor(layer, rows)

    assert relative_error(product_share(20.0), product_share(1.0)) > 1e-3


def test_strengths_of_a_joined_attention_scale_shares_behind_the_softmax(joined: AnchorModels, context: Tensor) -> None:
    """The layer is linear in both strengths; at zero the tokens add nothing but keep the attention they drew."""
    name, layer = next(iter(cross_attention_layers(joined.unet.unet).items()))
    processor, rows = processor_of(layer), noise(FRAMES, CELLS[0] * CELLS[1], WIDTH)
    masks = masks_by_cells(torch.full((FRAMES, *FRAME), 0.25), CELLS, levels=4)

    def out(person: float = 1.0, product: float = 1.0, **masked: Mapping[int, Tensor]) -> Tensor:
        held = CallConditions({name: processor.prepare(layer, context)}, None, person, product, **masked)
        with joined.unet.injection.seam.holding(held), torch.no_grad():
            return processor(layer, rows) - layer.get_submodule("to_out.0").bias

    person, product = out(product=0.0), out(person=0.0)
    assert relative_error(person + product, out()) <= 1e-10
    assert relative_error(2 * person + 0.5 * product, out(person=2.0, product=0.5)) <= 1e-10
    assert relative_error(person + 0.25 * product, out(product_masks=masks)) <= 1e-10
    alone = {name: processor.prepare(layer, context[:, :1])}
    with joined.unet.injection.seam.holding(CallConditions(alone)), torch.no_grad():
        undivided = processor(layer, rows) - layer.get_submodule("to_out.0").bias
    assert relative_error(person, undivided) > 1e-2


def test_a_joined_attention_without_context_is_one_of_zero_tokens(joined: AnchorModels, context: Tensor) -> None:
    zeros = plain(joined.unet, torch.zeros_like(context))
    assert relative_error(run(joined.unet, CallConditions(None)), zeros) <= 1e-10


def test_without_object_tokens_the_injected_network_is_the_base_network() -> None:
    torch.manual_seed(0)
    unet = UNetSpatioTemporalConditionModel(**SMALL.unet).eval().double()
    context = noise(1, 1, WIDTH)
    sample, ids = noise(1, FRAMES, 12, *CELLS), torch.tensor([[6.0, 127.0, 0.0]])
    with torch.no_grad():
        base = unet(sample, torch.tensor(0.5), context, ids).sample
        adapted = AnchorUNet(unet, object_tokens=0, adapter_layers="x")
        got = adapted(sample, torch.tensor(0.5), ids, CallConditions(adapted.prepare(context)))
    assert relative_error(got, base) <= 1e-10


def test_preparation_changes_nothing(models: AnchorModels, context: Tensor) -> None:
    prepared = run(models.unet, CallConditions(models.unet.prepare(context)))
    assert relative_error(prepared, plain(models.unet, context)) <= 1e-10


def test_no_context_equals_zero_tokens(models: AnchorModels, context: Tensor) -> None:
    zeros = plain(models.unet, torch.zeros_like(context))
    assert relative_error(run(models.unet, CallConditions(None)), zeros) <= 1e-10


def test_product_strength_zero_equals_no_object_tokens(models: AnchorModels, context: Tensor) -> None:
    prepared = models.unet.prepare(context)
    without = {name: LayerContext(layer.image) for name, layer in prepared.items()}
    got = run(models.unet, CallConditions(prepared, product=0.0))
    assert torch.equal(got, run(models.unet, CallConditions(without)))
    assert relative_error(got, run(models.unet, CallConditions(prepared))) > 1e-3


def test_person_strength_zero_drops_the_image_token(models: AnchorModels, context: Tensor) -> None:
    silent = context.clone()
    silent[:, 0] = 0
    got = run(models.unet, CallConditions(models.unet.prepare(context), person=0.0))
    assert relative_error(got, run(models.unet, CallConditions(models.unet.prepare(silent)))) <= 1e-10


def masked(models: AnchorModels, prepared: Mapping[str, LayerContext], mask: Tensor) -> Tensor:
    masks = masks_by_cells(mask, CELLS, levels=4)
    return run(models.unet, CallConditions(prepared, product_masks=masks))


def test_masks_limit_the_object_branch(models: AnchorModels, context: Tensor) -> None:
    prepared = models.unet.prepare(context)
    full, empty = torch.ones(FRAMES, *FRAME), torch.zeros(FRAMES, *FRAME)
    assert relative_error(masked(models, prepared, full), run(models.unet, CallConditions(prepared))) <= 1e-10
    without = run(models.unet, CallConditions(prepared, product=0.0))
    assert relative_error(masked(models, prepared, empty), without) <= 1e-10


def test_a_mask_works_frame_by_frame_in_space_and_time(models: AnchorModels, context: Tensor) -> None:
    """A processor under a mask equals the masked sum of its branches, whichever way its rows run."""
    mask = torch.zeros(FRAMES, *FRAME)
    mask[1] = 1
    masks = masks_by_cells(mask, CELLS, levels=4)
    cells = CELLS[0] * CELLS[1]
    for name, layer in cross_attention_layers(models.unet.unet).items():
        processor = processor_of(layer)
        prepared = processor.prepare(layer, context)
        is_temporal = "temporal" in name
        rows = noise(cells, FRAMES, WIDTH) if is_temporal else noise(FRAMES, cells, WIDTH)
        outputs = []
        for conditions in (
            CallConditions({name: prepared}),
            CallConditions({name: prepared}, product=0.0),
            CallConditions({name: prepared}, product_masks=masks),
        ):
            with models.unet.injection.seam.holding(conditions):
                outputs.append(processor(layer, rows))
        with_product, without, limited = (o.transpose(0, 1) if is_temporal else o for o in outputs)
        assert torch.allclose(limited[1], with_product[1], atol=1e-10)
        assert torch.allclose(limited[[0, 2]], without[[0, 2]], atol=1e-10)


def test_the_residual_is_added_behind_conv_in(models: AnchorModels) -> None:
    residual = noise(FRAMES, WIDTH, *CELLS, seed=3)
    seen: list[Tensor] = []
    hook = models.unet.unet.down_blocks[0].register_forward_pre_hook(
        lambda module, args, kwargs: seen.append(kwargs["hidden_states"]), with_kwargs=True
    )
    run(models.unet, CallConditions(None))
    run(models.unet, CallConditions(None, residual))
    hook.remove()
    assert torch.allclose(seen[1] - seen[0], residual, atol=1e-10)


def test_conditions_do_not_outlive_their_pass(models: AnchorModels, context: Tensor) -> None:
    seam = models.unet.injection.seam
    with pytest.raises(KeyError):
        run(models.unet, CallConditions({}))
    assert seam.current is None
    before = plain(models.unet, context)
    run(models.unet, CallConditions(None, noise(FRAMES, WIDTH, *CELLS)))
    assert torch.equal(plain(models.unet, context), before)


def test_a_copy_has_a_seam_of_its_own(models: AnchorModels, context: Tensor) -> None:
    twin = copy.deepcopy(models.unet)
    residual = noise(FRAMES, WIDTH, *CELLS, seed=3)
    expected = run(models.unet, CallConditions(models.unet.prepare(context), residual))
    assert torch.equal(run(twin, CallConditions(twin.prepare(context), residual)), expected)
    assert twin.injection.seam is not models.unet.injection.seam


def test_a_family_without_a_product_has_no_adapter() -> None:
    models = small_models(MIMICMOTION)
    assert not any("processor" in name for name in models.unet.state_dict())
    token = noise(1, 1, WIDTH)
    sample, ids = noise(1, FRAMES, 8, *CELLS), torch.tensor([[6.0, 127.0, 0.0]])
    got = models.unet(sample, torch.tensor(0.5), ids, CallConditions(models.unet.prepare(token)))
    assert got.shape == (1, FRAMES, 4, *CELLS)


@given(level=st.integers(0, 3))
def test_masks_keep_their_mean_at_every_level(level: int) -> None:
    mask = torch.rand(2, *FRAME, generator=torch.Generator().manual_seed(0))
    by_cells = masks_by_cells(mask, CELLS, levels=4)
    cells = (CELLS[0] >> level) * (CELLS[1] >> level)
    assert by_cells[cells].shape == (2, cells)
    assert torch.allclose(by_cells[cells].mean(1), mask.mean((1, 2)), atol=1e-5)
