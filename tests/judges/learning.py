"""What the judges learn: batches of shows, made worse at random, and their losses."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from tests.judges.judges import CROP, heat_centers, square_crops
from tests.judges.shows import Shows
from tests.judges.wear import draw, gaussian, happens, worn

_TEMPERATURE = 0.08
_SPREAD = 1.5
_ROOM = 1.35
_KEPT = 88
_WINDOW = 128
_WHOLE_FROM = 0.85
_ABOUT_PRODUCT = 0.75
_UNWORN = 0.4


class SegmenterLesson:
    """Finds products and hands in frames, most of them worn, half of them mirrored.

    Most steps see windows, three of four about the product, where there is most to learn; the last ones whole frames.

    Args:
        shows: what to learn from.
        batch: whole frames per step; of windows half as many again.
    """

    def __init__(self, shows: Shows, batch: int = 8) -> None:
        self.shows = shows
        self.batch = batch

    def loss(self, net: nn.Module, random: Generator, done: float) -> Tensor:
        """Loss [] of one batch; ``done`` is the share of the training that is over, 0..1."""
        whole = done >= _WHOLE_FROM
        count = self.batch if whole else self.batch * 3 // 2
        chosen = torch.randint(len(self.shows.frames), (count,), generator=random).tolist()
        frames, masks, hands = (
            torch.stack(rows) for rows in zip(*(self._seen(n, whole, random) for n in chosen), strict=True)
        )
        mirrored = torch.rand(count, generator=random) < 0.5
        frames = torch.where(mirrored[:, None, None, None], frames.flip(-1), frames)
        masks = torch.where(mirrored[:, None, None], masks.flip(-1), masks)
        hands = torch.where(mirrored[:, None, None], mirrored_hands(hands, masks.shape[2]), hands)
        kept = torch.rand(count, generator=random) < _UNWORN
        seen = torch.where(kept[:, None, None, None], frames, worn(frames, random))
        product, heat, visible = net(seen.contiguous(memory_format=torch.channels_last) * 2 - 1)
        return mask_loss(product, masks) + hand_loss(heat, visible, hands)

    def _seen(self, number: int, whole: bool, random: Generator) -> tuple[Tensor, Tensor, Tensor]:
        """A frame [3,h,w] in 0..1, its mask [h,w] and its hands [2,2], whole or in a window."""
        mask = self.shows.masks[number]
        rows, columns = (slice(0, side) for side in mask.shape) if whole else some_window(mask, _WINDOW, random)
        frame = torch.from_numpy(self.shows.frames[number, :, rows, columns]) / 255
        hands = hands_in_window(torch.from_numpy(self.shows.hands[number]), rows, columns)
        return frame, torch.from_numpy(mask[rows, columns]).float(), hands


def some_window(mask: np.ndarray, side: int, random: Generator) -> tuple[slice, slice]:
    """Rows and columns of a square window of a frame, mostly about what a mask bool [H,W] shows."""
    shown = np.argwhere(mask)
    center = [float(draw(random, 0, whole)) for whole in mask.shape]
    if len(shown) and happens(random, _ABOUT_PRODUCT):
        center = shown[int(torch.randint(len(shown), (), generator=random))].tolist()
    firsts = (min(max(int(at) - side // 2, 0), whole - side) for at, whole in zip(center, mask.shape, strict=True))
    rows, columns = (slice(first, first + side) for first in firsts)
    return rows, columns


def hands_in_window(hands: Tensor, rows: slice, columns: slice) -> Tensor:
    """Hand centres [2,2] counted from the corner of a window; NaN where they lie outside."""
    moved = hands - torch.tensor([float(columns.start), float(rows.start)])
    sides = torch.tensor([columns.stop - columns.start, rows.stop - rows.start])
    inside = ((moved >= 0) & (moved < sides)).all(-1, keepdim=True)
    return torch.where(inside, moved, torch.nan)


def mirrored_hands(hands: Tensor, width: int) -> Tensor:
    """Hand centres [B,2,2] of the mirrored picture: left becomes right."""
    return (hands * torch.tensor([-1.0, 1.0]) + torch.tensor([float(width), 0.0])).flip(1)


def mask_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross-entropy and, where there is a product, Dice loss (arXiv 1606.04797), [].

    Args:
        logits: float [B,H,W].
        masks: float [B,H,W], 0 or 1.
    """
    share = logits.sigmoid()
    both, either = (share * masks).sum((1, 2)), (share + masks).sum((1, 2))
    shown = (masks.sum((1, 2)) > 0).float()
    dice = (1 - 2 * both / (either + 1)) * shown
    return 5 * functional.binary_cross_entropy_with_logits(logits, masks) + dice.sum() / shown.sum().clamp(min=1)


def hand_loss(heat: Tensor, visible: Tensor, hands: Tensor) -> Tensor:
    """Cross-entropy of heat maps with a bell at the centre, distance of their centres, and visibility, [].

    Args:
        heat: logits [B,2,h,w].
        visible: logits [B,2].
        hands: float [B,2,2] pixels, NaN where not visible.
    """
    shown = hands.isfinite().all(-1)
    places = hands.nan_to_num(0.0)
    bells = _bells(places, heat.shape[2], heat.shape[3]).flatten(2)
    crossed = -(bells * heat.flatten(2).log_softmax(-1)).sum(-1)
    distance = (heat_centers(heat) - places).abs().sum(-1)
    found = ((0.2 * crossed + 0.02 * distance) * shown).sum() / shown.sum().clamp(min=1)
    return found + 0.3 * functional.binary_cross_entropy_with_logits(visible, shown.float())


def _bells(places: Tensor, height: int, width: int) -> Tensor:
    """Gaussian bells of sum 1 around places [B,2,2] (pixels) on cells of 4 pixels, [B,2,h,w]."""
    columns, rows = torch.arange(width) * 4 + 2.0, torch.arange(height) * 4 + 2.0
    across = torch.exp(-(((columns - places[..., :1]) / (4 * _SPREAD)) ** 2) / 2)
    down = torch.exp(-(((rows - places[..., 1:]) / (4 * _SPREAD)) ** 2) / 2)
    bells = down[..., None] * across[..., None, :]
    return bells / bells.sum((2, 3), keepdim=True).clamp(min=1e-6)


class IdentityLesson:
    """Tells products apart; in every batch each has a sibling in the same colours, so colour alone never tells.

    Args:
        shows: what to learn from.
        pairs: pairs of siblings per step.
    """

    def __init__(self, shows: Shows, pairs: int = 24) -> None:
        self.pairs = pairs
        self.views = shrunk_views(torch.from_numpy(shows.views))
        self.crops, owners = kept_crops(shows)
        self.places = [torch.nonzero(owners == product)[:, 0] for product in range(len(shows.views))]
        self.whole = [n for n in range(0, len(self.places), 2) if min(map(len, self.places[n : n + 2])) >= 2]

    def loss(self, net: nn.Module, random: Generator, done: float) -> Tensor:
        """InfoNCE (arXiv 1807.03748) between views and frames, and between frames, []; ``done`` changes nothing."""
        order = torch.randperm(len(self.whole), generator=random)[: self.pairs].tolist()
        products = [self.whole[n] + sibling for n in order for sibling in (0, 1)]
        views = self._worn_views(products, random)
        first, second = (self._worn_frames(products, random) for _ in range(2))
        found = net(torch.cat([views, first, second])).split([len(views), len(first), len(second)])
        middle = functional.normalize(found[0].unflatten(0, (-1, 3)).mean(1), dim=1)
        pairs = ((middle, found[1]), (middle, found[2]), (found[1], found[2]))
        return torch.stack([contrast(one, other) for one, other in pairs]).mean()

    def _worn_views(self, products: list[int], random: Generator) -> Tensor:
        """All three views of products, float [3P,3,64,64]; their black is cut with the product."""
        views = self.views[products].flatten(0, 1) / 255
        return _moved(_tinted_alike(views, random), random, 0.1)

    def _worn_frames(self, products: list[int], random: Generator) -> Tensor:
        """A frame of every product, masked, float [P,3,64,64]."""
        chosen = [self.places[n][torch.randint(len(self.places[n]), (), generator=random)] for n in products]
        crops = self.crops[torch.stack(chosen)] / 255
        masks = worn_masks(crops[:, 3:], random)
        return _moved(worn(crops[:, :3], random) * masks, random, 0.12, _ROOM)


def shrunk_views(views: Tensor) -> Tensor:
    """Views uint8 [P,3,3,S,S] a little larger than the identity judge sees them, uint8 [P,3,3,80,80]."""
    lots = views.flatten(0, 1).float().split(300)
    small = [functional.interpolate(lot, (80, 80), mode="bilinear", antialias=True) for lot in lots]
    return torch.cat(small).round().byte().unflatten(0, (-1, 3))


def contrast(one: Tensor, other: Tensor) -> Tensor:
    """Each of unit embeddings [P,D] finds its partner among the others and is found, []."""
    logits = one @ other.T / _TEMPERATURE
    partners = torch.arange(len(one))
    return (functional.cross_entropy(logits, partners) + functional.cross_entropy(logits.T, partners)) / 2


def kept_crops(shows: Shows) -> tuple[Tensor, Tensor]:
    """Squares around products with their mask, uint8 [N,4,88,88], and whose they are [N]; not of small rests."""
    chosen = [n for n, owner in enumerate(shows.products) if owner >= 0 and shows.masks[n].sum() >= 300]
    crops = []
    for number in chosen:
        mask = torch.from_numpy(shows.masks[number])[None].float()
        picture = torch.cat([torch.from_numpy(shows.frames[number])[None].float(), mask[None] * 255], 1)
        crops.append(square_crops(picture, mask, _ROOM, _KEPT).round().byte())
    return torch.cat(crops), torch.from_numpy(shows.products[chosen])


def worn_masks(masks: Tensor, random: Generator) -> Tensor:
    """Masks [B,1,H,W] as a segmenter finds them: a little too large or small, sometimes with a piece missing."""
    soft = gaussian(masks, 2.0)
    worn_out = ((soft - draw(random, 0.25, 0.75, len(masks), 1, 1, 1)) * 8 + 0.5).clamp(0, 1)
    for mask in worn_out:
        if happens(random, 0.3):
            top, left = (int(draw(random, 0, side)) for side in mask.shape[1:])
            tall, wide = (int(draw(random, 8, 40)) for _ in range(2))
            mask[:, max(top - tall // 2, 0) : top + tall // 2, max(left - wide // 2, 0) : left + wide // 2] = 0
    return worn_out


def _tinted_alike(views: Tensor, random: Generator) -> Tensor:
    """Views a little brighter or of other colour balance; black stays black."""
    return (views * draw(random, 0.88, 1.12, len(views), 3, 1, 1)).clamp(0, 1)


def _moved(pictures: Tensor, random: Generator, amount: float, room: float = 1.0) -> Tensor:
    """Pictures turned, scaled and shifted a little, float [B,3,64,64]; ``room`` is air to cut off."""
    count = len(pictures)
    turn = draw(random, -1, 1, count) * amount * math.pi / 2
    scale = draw(random, 1 - amount, 1 + amount, count) * 1.12 / room if room > 1 else draw(random, 0.7, 1.1, count)
    rows = [torch.stack([turn.cos(), -turn.sin()], 1), torch.stack([turn.sin(), turn.cos()], 1)]
    transform = torch.zeros(count, 2, 3)
    transform[:, :, :2] = torch.stack(rows, 1) * scale[:, None, None]
    transform[:, :, 2] = draw(random, -amount / 2, amount / 2, count, 2)
    grid = functional.affine_grid(transform, [count, 3, CROP, CROP], align_corners=False)
    return functional.grid_sample(pictures, grid, align_corners=False)
