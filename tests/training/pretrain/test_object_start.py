"""Laws of where the product's tokens begin."""

from __future__ import annotations

import torch
from torch.nn import functional

from anchorcrafter_core.models.object_nets import ObjectAttention
from anchorcrafter_core.training.pretrain.object_start import begin_as_grid

ACROSS, WIDTH = 14, 32


def grid_attention() -> ObjectAttention:
    attention = ObjectAttention(WIDTH, 2, WIDTH, ACROSS**2 + 1)
    begin_as_grid(attention)
    return attention


def test_tokens_are_means_of_the_middle_views_patches() -> None:
    draw = torch.Generator().manual_seed(0)
    views = torch.randn(1, 3, ACROSS**2 + 1, WIDTH, generator=draw)
    with torch.no_grad():
        tokens = grid_attention()(views.flatten(1, 2))
    patches = views[:, 1, 1:].transpose(1, 2).unflatten(2, (ACROSS, ACROSS))
    means = functional.adaptive_avg_pool2d(functional.adaptive_avg_pool2d(patches, 8), 4).flatten(2).transpose(1, 2)
    torch.testing.assert_close(tokens, functional.layer_norm(means, (WIDTH,)), rtol=1e-3, atol=1e-3)


def test_every_place_of_the_picture_moves_its_own_token_most() -> None:
    reduce = grid_attention().seq_reduce
    dark = torch.zeros(1, WIDTH, ACROSS**2 + 1)
    for row, column in ((0, 0), (0, ACROSS - 1), (ACROSS - 1, 0), (8, 3)):
        lit = dark.clone()
        lit[0, 0, 1 + row * ACROSS + column] = 1
        with torch.no_grad():
            moved = (reduce(lit) - reduce(dark))[0, 0]
        assert int(moved.argmax()) == row * 4 // ACROSS * 4 + column * 4 // ACROSS


def test_all_of_it_can_learn() -> None:
    """Layers behind which zeros stand learn from the second step on, when those have moved."""
    attention = grid_attention()
    views = torch.randn(1, 3 * (ACROSS**2 + 1), WIDTH, generator=torch.Generator().manual_seed(0))
    optimizer = torch.optim.SGD(attention.parameters(), lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        attention(views).pow(3).sum().backward()
        optimizer.step()
    moving = {name for name, weight in attention.named_parameters() if weight.grad is not None and weight.grad.any()}
    assert moving == {name for name, _ in attention.named_parameters()}
