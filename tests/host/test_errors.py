"""Bad input is refused before the heavy work, by the right node, in one sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.host.graph import Graph
from tests.host.model_files import FOREIGN, MALICIOUS, OTHER_CHECKPOINT, TRUNCATED, WHOLE, trace_of_malice
from tests.host.server import Run, Server

HEAVY = {"AnchorSampler", "AnchorDecode", "SaveVideo"}
Change = Callable[[Graph], Graph]


def change(kind: str, **inputs: object) -> Change:
    """Other inputs at the nodes of a type."""
    return lambda graph: graph.with_inputs(kind, **inputs)


def a_still_as_clip(graph: Graph) -> Graph:
    """One picture where a clip belongs."""
    still = graph.with_node("still", "EmptyImage", width=64, height=128, batch_size=1, color=0)
    return still.with_inputs("HOIControlSignals", pose=["still", 0])


def latents_of_another_family(graph: Graph) -> Graph:
    """16 channels."""
    other = graph.with_node("other", "EmptySD3LatentImage", width=64, height=64, batch_size=1)
    return other.with_inputs("AnchorDecode", latent=["other", 0])


def a_sampler_with_both_passes(graph: Graph) -> Graph:
    """A sampler that wants the pass without conditions."""
    chosen = graph.with_node("sampler", "KSamplerSelect", sampler_name="euler_cfg_pp")
    return chosen.with_inputs("AnchorSampler", sampler=["sampler", 0])


def a_linked_number_out_of_range(graph: Graph) -> Graph:
    """A stride of 0 from another node; the widget takes none below 1."""
    number = graph.with_node("number", "PrimitiveInt", value=0)
    return number.with_inputs("HOIControlSignals", stride=["number", 0])


def a_picture_as_latent(graph: Graph) -> Graph:
    """A wire of the wrong type."""
    return graph.with_inputs("AnchorDecode", latent=[graph.number("HOIControlSignals"), 1])


BAD: dict[str, tuple[Change, str, tuple[str, ...]]] = {
    "odd size": (
        change("HOIControlSignals", width=100, height=100),
        "HOIControlSignals",
        ("frame of 100x100", "multiples of 64", "Choose"),
    ),
    "too few frames": (change("HOIControlSignals", stride=50), "HOIControlSignals", ("1 driving frame", "at least 2")),
    "a linked number out of range": (
        a_linked_number_out_of_range,
        "HOIControlSignals",
        ("stride = 0", "a whole number from 1 to 60", "linked to 'stride'"),
    ),
    "unequal clips": (a_still_as_clip, "HOIControlSignals", ("pose 1", "hand 6", "as many frames")),
    "no pose": (change("HOIControlSignals", pose=None), "HOIControlSignals", ("no pose", "pose_keypoint")),
    "boxes that are no JSON": (
        change("HOIControlSignals", track=None, boxes='{"0": [1, 2'),
        "HOIControlSignals",
        ("boxes", "JSON"),
    ),
    "align without key points": (
        change("HOIControlSignals", align="global"),
        "HOIControlSignals",
        ("without key points", "pose_keypoint"),
    ),
    "no product picture": (
        change("MultiViewObjectEncoder", middle_view=None),
        "MultiViewObjectEncoder",
        ("middle view", "Connect"),
    ),
    "start behind end": (
        change("DualAdapterApply", start_percent=0.8, end_percent=0.2),
        "DualAdapterApply",
        ("start",),
    ),
    "window of one": (change("AnchorSampler", window=1), "AnchorSampler", ("a window of 1", "at least 2")),
    "overlap as wide as the window": (
        change("AnchorSampler", plan="overlap", window=4, overlap=5),
        "AnchorSampler",
        ("an overlap of 5", "window of 4"),
    ),
    "a sampler that mixes both passes": (a_sampler_with_both_passes, "AnchorSampler", ("euler_cfg_pp", "euler,")),
    "a wire of the wrong type": (a_picture_as_latent, "AnchorDecode", ("IMAGE", "LATENT")),
    "missing checkpoint": (
        change("LoadAnchorModels", model="AnchorCrafter, general weights"),
        "LoadAnchorModels",
        ("models/anchorcrafter", "huggingface.co", "GB", "download"),
    ),
    "a checkpoint that is gone": (change("LoadAnchorModels", model="gone.pth"), "LoadAnchorModels", ("gone.pth",)),
    "truncated checkpoint": (change("LoadAnchorModels", model=TRUNCATED), "LoadAnchorModels", (TRUNCATED,)),
    "foreign checkpoint": (change("LoadAnchorModels", model=FOREIGN), "LoadAnchorModels", ("some.weight",)),
    "another model in the slot of SVD": (
        change("LoadAnchorModels", model=WHOLE, svd=OTHER_CHECKPOINT),
        "LoadAnchorModels",
        ("another_model.safetensors",),
    ),
}


def refused(run: Run, graph: Graph) -> bool:
    """Whether nothing heavy has been done."""
    return not graph.kinds(run.executed()) & (HEAVY - run.blamed())


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_words(case: str, server: Server, small: Graph) -> None:
    bend, blamed, words = BAD[case]
    graph = bend(small)
    run = server.run(graph.nodes)
    assert run.blamed() == {blamed}
    assert all(word in run.complaints() for word in words), run.complaints()
    assert refused(run, graph)


def test_latents_of_another_family_are_refused(server: Server, small: Graph) -> None:
    run = server.run(latents_of_another_family(small).nodes)
    assert run.blamed() == {"AnchorDecode"}
    assert "'Anchor Sampler'" in run.complaints()


def test_code_in_a_checkpoint_does_not_run(server: Server, small: Graph) -> None:
    run = server.run(small.with_inputs("LoadAnchorModels", model=MALICIOUS).nodes)
    assert run.blamed() == {"LoadAnchorModels"} and MALICIOUS in run.complaints()
    assert not trace_of_malice(server.base / "models").exists()


ESCAPES = {
    "model": change("LoadAnchorModels", model="../../secret.safetensors"),
    "absolute model": change("LoadAnchorModels", model="/etc/hostname"),
    "svd": change("LoadAnchorModels", model=WHOLE, svd="diffusers/../../../secret"),
    "dinov2": change("LoadAnchorModels", model=WHOLE, dinov2="anchorcrafter/../../secret"),
    "saved product": change("MultiViewObjectEncoder", product="../../secret"),
    "name of a new product": change("MultiViewObjectEncoder", name="../../secret", save=True),
    "absolute name": change("MultiViewObjectEncoder", name="/secret", save=True),
    "name with a drive": change("MultiViewObjectEncoder", name="C:secret", save=True),
}


@pytest.mark.parametrize("case", ESCAPES)
def test_a_graph_cannot_leave_the_folders_of_comfyui(case: str, server: Server, small: Graph) -> None:
    run = server.run(ESCAPES[case](small).nodes)
    assert run.blamed() and run.blamed() <= {"LoadAnchorModels", "MultiViewObjectEncoder"}
    assert list(server.base.parent.rglob("*secret*")) == []


def test_after_an_error_the_next_run_is_well(server: Server, small: Graph) -> None:
    assert not server.run(small.with_inputs("AnchorSampler", window=1).nodes).succeeded()
    assert server.run(small.nodes).succeeded()
