"""A trained model's file has the same names whichever library wrote it."""

from __future__ import annotations

from torch import nn

from anchorcrafter_core.loading.keys import dino_published
from anchorcrafter_core.models.build import named_parts
from anchorcrafter_core.training.export import file_weights
from tests.training.runs import small_learner


def test_names_in_a_file_do_not_follow_the_library() -> None:
    parts: dict[str, nn.Module] = dict(named_parts(small_learner().models))
    dino = set(dino_published(parts["obj_image_encoder"].state_dict()))
    nets = {part: net for part, net in parts.items() if part != "obj_image_encoder"}
    others = {f"{part}.{name}" for part, net in nets.items() for name in net.state_dict()}
    assert set(file_weights(parts)) == others | {f"obj_image_encoder.{name}" for name in dino}
    assert any(".attention.attention.query." in name for name in dino)
