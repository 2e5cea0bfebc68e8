"""Object nets: features of three product views to 3 identity tokens and 16 detail tokens (paper: HOI-appearance)."""

from __future__ import annotations

from diffusers.models.attention import BasicTransformerBlock
from einops import rearrange
from torch import Tensor, nn

from ..types import VIEW_COUNT, ViewsName

REDUCED_TOKENS = (64, 16)
MIDDLE_VIEW = 1


class ObjectProjection(nn.Module):
    """The views' class tokens, side by side, to one identity token per view.

    Args:
        feature_width: width D of the object encoder.
        inner_width: hidden width.
        token_width: width of the UNet's context tokens.
    """

    def __init__(self, feature_width: int, inner_width: int, token_width: int) -> None:
        super().__init__()
        self.proj_in = nn.Linear(VIEW_COUNT * feature_width, inner_width)
        self.proj_out = nn.Linear(inner_width, VIEW_COUNT * token_width)
        self.norm = nn.LayerNorm(token_width)

    def forward(self, class_tokens: Tensor) -> Tensor:
        """Class tokens [B,3*D] to identity tokens [B,3,token_width]."""
        tokens = self.proj_out(self.proj_in(class_tokens))
        return self.norm(rearrange(tokens, "b (views d) -> b views d", views=VIEW_COUNT))


class ObjectAttention(nn.Module):
    """All tokens of all views attend to each other; the middle view's are kept, attend again and shrink to 16.

    Args:
        feature_width: width D of the object encoder.
        heads: attention heads.
        token_width: width of the UNet's context tokens.
        view_tokens: tokens per view (1370 for DINOv2 at 518 px).
    """

    def __init__(self, feature_width: int, heads: int, token_width: int, view_tokens: int) -> None:
        super().__init__()
        self.view_tokens = view_tokens
        self.proj_out = nn.Linear(feature_width, token_width)
        self.norm = nn.LayerNorm(token_width)
        wide, narrow = REDUCED_TOKENS
        self.seq_reduce = nn.Sequential(nn.Linear(view_tokens, wide), nn.ReLU(), nn.Linear(wide, narrow))
        self.space_attn = BasicTransformerBlock(feature_width, heads, feature_width // heads)
        self.space_attn2 = BasicTransformerBlock(feature_width, heads, feature_width // heads)

    def forward(self, view_tokens: Tensor) -> Tensor:
        """Tokens of all views [B,views*T,D] to detail tokens [B,16,token_width]."""
        middle = slice(MIDDLE_VIEW * self.view_tokens, (MIDDLE_VIEW + 1) * self.view_tokens)
        kept = self.space_attn2(attend_rows(self.space_attn, view_tokens, middle))
        reduced = self.seq_reduce(rearrange(kept, "b t d -> b d t"))
        return self.norm(self.proj_out(rearrange(reduced, "b d t -> b t d")))


def attend_rows(block: BasicTransformerBlock, tokens: Tensor, rows: slice) -> Tensor:
    """Only the given rows of ``block(tokens)``: queries and feed-forward of the others are never computed.

    Args:
        block: a self-attention block without cross-attention.
        tokens: [B,T,D].
        rows: which of the T tokens are wanted.

    Returns:
        [B,len(rows),D], equal to ``block(tokens)[:, rows]``.
    """
    first_norm, second_norm = block.get_submodule("norm1"), block.get_submodule("norm3")
    normed = first_norm(tokens)
    hidden = tokens[:, rows] + block.get_submodule("attn1")(normed[:, rows], encoder_hidden_states=normed)
    return hidden + block.ff(second_norm(hidden))


def known_views(features: Tensor, views: ViewsName) -> Tensor:
    """Features [B,3,T,D] of the views a family knows; the middle one stands for those it does not."""
    return features if views == "all" else features[:, MIDDLE_VIEW : MIDDLE_VIEW + 1].expand_as(features)


def identity_and_detail(
    projection: ObjectProjection, attention: ObjectAttention, features: Tensor
) -> tuple[Tensor, Tensor]:
    """Object tokens of encoded views.

    Args:
        projection: makes the identity tokens.
        attention: makes the detail tokens.
        features: [B,3,T,D], last hidden states of the object encoder; token 0 of each view is its class token.

    Returns:
        identity [B,3,token_width] and detail [B,16,token_width].
    """
    class_tokens = rearrange(features[:, :, 0], "b views d -> b (views d)")
    return projection(class_tokens), attention(rearrange(features, "b views t d -> b (views t) d"))
