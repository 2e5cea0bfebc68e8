"""The main job on real files: a folder named by ANCHOR_REAL_CASE with a person, a product, hands and key frames."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from anchorcrafter_core.generation.config import (
    ComputeInput,
    MotionInput,
    OutputSettings,
    PersonInput,
    ProductInput,
    RunConfig,
)
from anchorcrafter_core.generation.inputs import read_inputs
from anchorcrafter_core.generation.job import RunPlan, plan_jobs
from anchorcrafter_core.generation.model import choose_computes, identify
from anchorcrafter_core.loading.choice import ModelChoice

REAL_CASE = os.environ.get("ANCHOR_REAL_CASE")
pytestmark = pytest.mark.skipif(REAL_CASE is None, reason="ANCHOR_REAL_CASE names no folder with a real case")


@pytest.fixture
def real(tmp_path: Path) -> RunConfig:
    folder = Path(REAL_CASE or "")
    notes = folder / "annotations.json"
    return RunConfig(
        model=ModelChoice("built-in"),
        persons={"person": PersonInput(folder / "person.jpg", notes)},
        products={"product": ProductInput(tuple(folder / f"product_{view}.jpg" for view in range(3)))},
        motions={
            "show": MotionInput(
                key_points=notes,
                boxes=notes,
                hand=folder / "hands.mp4",
                video=folder / "driving.mp4",
                align="global",
                frames=4,
            )
        },
        output=OutputSettings(tmp_path),
        size="192x320",
        compute=ComputeInput("cpu"),
    )


def test_controls_of_the_real_case_lie_on_the_person(real: RunConfig, tmp_path: Path) -> None:
    identity = identify(real.model)
    job = plan_jobs(RunPlan(real, identity, choose_computes(real.compute)))[0]
    inputs = read_inputs(job, identity.spec, identity.pixels, tmp_path)
    controls = inputs.controls
    assert (controls.frames, controls.size, controls.playback_fps) == (5, (320, 192), 15.0)
    assert controls.audio is None
    person, driver = controls.key_points[0].body[0], controls.key_points[1].body[0]
    assert abs(person[1] - driver[1]).max() < 0.1
    for mask, least in ((controls.object_mask, 0.05), (controls.hand_mask, 0.02)):
        shares = mask[1:].float().mean(dim=(1, 2))
        assert float(shares.min()) > least
        assert not mask[0].any()
