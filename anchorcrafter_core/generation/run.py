"""A whole run: one model, its cases one after the other; finished ones are skipped, one that fails stops no other."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import AnchorError, OptionError
from .case import Engine, Listener, run_case
from .config import RunConfig
from .job import Job, RunPlan, as_draft, plan_jobs
from .model import choose_computes, identify, open_model
from .timing import Say

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunManner:
    """How a run is done.

    Attributes:
        is_draft: the first window alone, in few steps.
        again: make finished cases anew.
    """

    is_draft: bool = False
    again: bool = False


def generate(config: RunConfig, manner: RunManner, listener: Listener) -> list[Path]:
    """Make all videos of a run.

    Args:
        config: what to make.
        manner: how.
        listener: who is told.

    Returns:
        The videos that stand now, skipped ones included.

    Raises:
        AnchorError: the model or an input file is missing; or, after all cases were tried, one of them failed.
    """
    identity, computes = identify(config.model, listener.progress), choose_computes(config.compute)
    for line in (
        f"Model: {identity.name}, {identity.variant} weights, on {computes.unet.device}.",
        *identity.warnings(),
    ):
        listener.say(line)
    config = as_draft(config, identity) if manner.is_draft else config
    jobs = plan_jobs(RunPlan(config, identity, computes), listener.progress)
    waiting = jobs if manner.again else unfinished(jobs, listener.say)
    if waiting:
        listener.say("Loading the model ...")
        run_cases(waiting, Engine(identity, open_model(config.model, computes), computes), listener)
    return [job.path(".mp4") for job in jobs]


def unfinished(jobs: Sequence[Job], say: Say) -> list[Job]:
    """The jobs without a result; tells which ones have one."""
    finished = [job for job in jobs if job.is_finished()]
    for job in finished:
        say(f"{job.name}: finished before, skipped ({job.path('.mp4')}).")
    return [job for job in jobs if job not in finished]


def run_cases(jobs: Sequence[Job], engine: Engine, listener: Listener) -> None:
    """Make every case; failures are told at once and raised together at the end.

    Raises:
        AnchorError: a single case was asked for and failed.
        OptionError: some of several cases failed.
    """
    failed: dict[str, AnchorError] = {}
    for number, job in enumerate(jobs):
        listener.say(f"Case {number + 1} of {len(jobs)}: {job.name}")
        try:
            listener.say(f"Wrote {run_case(job, engine, listener)} and its contact sheet {job.path('.png').name}.")
        except AnchorError as error:
            if len(jobs) == 1:
                raise
            failed[job.name] = error
            logger.warning("%s: %s", job.name, error)
    if failed:
        names = ", ".join(failed)
        raise OptionError(f"{len(failed)} of {len(jobs)} cases failed ({names})", "none", "Mend them as said above.")
