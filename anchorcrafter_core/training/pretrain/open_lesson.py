"""Model and lesson of a configuration."""

from __future__ import annotations

import torch

from ...builtin.scenes import SceneOptions
from ...builtin.tiny import TINY, random_models
from ...loading.load import ModelSources
from ...models.specs import ANCHORCRAFTER_TINY
from ...types import AnchorModels
from ..data.scene_dataset import scene_example
from ..open_model import Learner, read_learner
from .config import PretrainConfig
from .encoders import EncoderLesson
from .lesson import Lesson
from .network_start import begin_as_copy
from .vae import VaeLesson
from .vae_start import begin_plain

JUDGED_SCENES = range(700, 708)
"""Seeds of the scenes that scores on the way are measured on; no training draws them."""


def open_learner(config: PretrainConfig) -> Learner:
    """The model whose part learns; without a base its weights come from the seed.

    Raises:
        LoadError: the base is missing, damaged or foreign.
    """
    if config.base is None:
        models = random_models(TINY, ANCHORCRAFTER_TINY, config.seed)
        begin_plain(models.vae)
        begin_as_copy(models)
        return Learner(models, TINY)
    return read_learner(ModelSources(config.base))


def open_lesson(config: PretrainConfig, models: AnchorModels) -> Lesson:
    """What a run teaches; helpers that only teach begin with weights from the seed, too."""
    height, width = config.data.heights_and_widths()[0]
    judged = [scene_example(SceneOptions(width, height, 4, seed)) for seed in JUDGED_SCENES]
    if config.learns == "vae":
        return VaeLesson(models, config.vae, judged)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        return EncoderLesson(models, config.encoders, judged)
