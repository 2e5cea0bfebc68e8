"""The clips a configuration names, as one collection."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import OptionError
from ..types import ModelSpec, Progress, no_progress, require
from .config import DataSettings
from .data.batch import SkippedClip
from .data.check import read_listing
from .data.clip_dataset import ClipOptions, open_clips
from .data.draw import Examples
from .data.mixture import Mixture
from .data.scene_cache import SceneCache
from .data.scene_dataset import SceneDataset
from .data.shared_file import sweep

KNOWN_FILES = "known_clips.json"


def open_examples(
    settings: DataSettings, spec: ModelSpec, progress: Progress = no_progress, takes_notes: bool = True
) -> tuple[Examples, list[SkippedClip]]:
    """All clips that can be trained on, and those that cannot, with reasons.

    Args:
        settings: where they are.
        spec: of the model; it decides the colours of skeletons.
        progress: told of every clip that is looked at.
        takes_notes: whether what is seen of the clips is written into the cache; one of many processes does.

    Raises:
        MediaError: a folder or manifest cannot be read.
        OptionError: nothing to train on.
    """
    scenes = _scenes(settings, spec)
    listings = [read_listing(path) for path in (*settings.folders, *settings.manifests)]
    options = ClipOptions(
        sizes=settings.heights_and_widths(),
        frames=settings.frames,
        stride=settings.stride,
        short=settings.short,
        colors=spec.skeleton_colors,
    )
    known = settings.cache / KNOWN_FILES if settings.cache is not None and takes_notes else None
    clips = [open_clips(listing, options, known, progress) for listing in listings]
    skipped = [clip for dataset in clips for clip in dataset.skipped]
    parts: Sequence[Examples] = [part for part in (*scenes, *clips) if len(part)]
    reasons = "; ".join(f"{clip.name}: {clip.reason}" for clip in skipped[:3]) or "the folders are empty"
    remedy = "Run: anchorcrafter dataset check."
    require(bool(parts), OptionError, f"no clip to train on ({reasons})", "at least one", remedy)
    return (parts[0] if len(parts) == 1 else Mixture(tuple(parts), (1.0,) * len(parts))), skipped


def _scenes(settings: DataSettings, spec: ModelSpec) -> list[Examples]:
    """The synthetic scenes of every size, if there are any."""
    wanted = settings.scenes
    if wanted is None:
        return []
    room = int(settings.cache_gigabytes * 2**30)
    cache = None if settings.cache is None or wanted.renews else SceneCache(settings.cache / "scenes", room)
    if cache is not None:
        sweep(cache.folder)
    return [
        SceneDataset(
            seed=wanted.seed,
            height=height,
            width=width,
            frames=settings.frames,
            count=wanted.count,
            renews=wanted.renews,
            person_only=wanted.person_only,
            colors=spec.skeleton_colors,
            cache=cache,
        )
        for height, width in settings.heights_and_widths()
    ]
