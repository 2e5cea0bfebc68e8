"""Train a judge: ``python tests/judges/train.py segmenter|identity --shows FOLDER --out FILE``.

The same command goes on where an earlier one was stopped. README.md states seeds, steps and minutes.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

sys.path.insert(0, str(Path(__file__).parents[2]))

from anchorcrafter_core.training.data.scene_dataset import LOOK
from anchorcrafter_core.training.data.shared_file import shared_file
from tests.judges.judges import Identity, Segmenter, write_judge
from tests.judges.learning import IdentityLesson, SegmenterLesson
from tests.judges.shows import LEARNING_SEEDS, Shows, read_shows

LOG = logging.getLogger("judges")
NETS: dict[str, type[nn.Module]] = {"segmenter": Segmenter, "identity": Identity}
LESSONS: dict[str, Callable[[Shows], SegmenterLesson | IdentityLesson]] = {
    "segmenter": SegmenterLesson,
    "identity": IdentityLesson,
}
_SAVED_EVERY = 50


@dataclass(frozen=True)
class Plan:
    """A training run.

    Attributes:
        judge: key of ``NETS``.
        out: the file of weights, written once all steps are done; ``.pt`` beside it holds the state of the run.
        scenes: how many seeds of ``LEARNING_SEEDS`` to learn from.
        steps: batches.
        seed: of weights and batches.
        rate: highest learning rate.
    """

    judge: str
    out: Path
    scenes: int
    steps: int
    seed: int
    rate: float

    def decides(self) -> dict[str, object]:
        """What a stopped run must go on with; it may be given more steps."""
        return {"judge": self.judge, "scenes": self.scenes, "seed": self.seed, "rate": self.rate, "look": LOOK}


class Run:
    """Net, its running average and optimizer of a plan, where it is now."""

    def __init__(self, plan: Plan) -> None:
        torch.manual_seed(plan.seed)
        self.plan = plan
        self.net = NETS[plan.judge]()
        for weight in self.net.parameters():
            if weight.ndim == 4:
                weight.data = weight.data.contiguous(memory_format=torch.channels_last)
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(0.99))
        self.optimizer = torch.optim.AdamW(self.net.parameters(), plan.rate, weight_decay=0.01, fused=True)
        self.step = 0
        self.rates = self._rates()
        self.seconds = 0.0

    def _parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        return {"net": self.net, "average": self.average, "optimizer": self.optimizer}

    def _rates(self) -> torch.optim.lr_scheduler.OneCycleLR:
        """Warm-up and cosine from this step on; a plan of more steps than before goes on with its own rates."""
        steps, now = self.plan.steps, self.step - 1
        cycle = torch.optim.lr_scheduler.OneCycleLR
        return cycle(self.optimizer, self.plan.rate, steps, pct_start=0.06, final_div_factor=50, last_epoch=now)

    def save(self) -> None:
        """Keep the state, whole or not at all."""
        state = {name: part.state_dict() for name, part in self._parts().items()}
        path = self.plan.out.with_suffix(".pt")
        reached = {"step": self.step, "seconds": self.seconds, "plan": self.plan.decides()}
        with shared_file(path) as partial:
            torch.save({**state, **reached}, partial)

    def resume(self) -> None:
        """Go on from the kept state if there is one; raises ValueError for that of another plan."""
        path = self.plan.out.with_suffix(".pt")
        if not path.exists():
            return
        state = torch.load(path, weights_only=True)
        if state["plan"] != self.plan.decides():
            raise ValueError(f"{path} began with {state['plan']}; expected {self.plan.decides()}: take another --out")
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.step, self.seconds = state["step"], state["seconds"]
        self.rates = self._rates()

    def facts(self) -> dict[str, object]:
        """What the file of weights says of this run: all that decides it, and how far it is."""
        size = {"width": 192, "height": 320, "first_seed": LEARNING_SEEDS.start, "scenes": self.plan.scenes}
        reached = {"step": self.step, "steps": self.plan.steps, "minutes": round(self.seconds / 60, 1)}
        return {**self.plan.decides(), **reached, "scenes": size}

    def learn(self, loss: Tensor) -> None:
        """One step down a loss []."""
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.rates.step()
        self.average.update_parameters(self.net)
        self.step += 1


def write_weights(net: nn.Module, facts: dict[str, object], path: Path) -> None:
    """Weights in float16 with text fields, whole or not at all."""
    weights = {name: weight.detach().half().contiguous() for name, weight in net.state_dict().items()}
    write_judge(path, weights, facts)


def train(plan: Plan, shows: Shows) -> None:
    """Carry out a plan or the rest of it; steps draw their batches by their number alone.

    What ``out`` held before stays until the last step is done, so that a working judge is never replaced by half a one.
    """
    run = Run(plan)
    run.resume()
    lesson = LESSONS[plan.judge](shows)
    while run.step < plan.steps:
        began = time.process_time()
        loss = lesson.loss(run.net, Generator().manual_seed(plan.seed * 10**6 + run.step), run.step / plan.steps)
        run.learn(loss)
        run.seconds += time.process_time() - began
        if run.step % _SAVED_EVERY == 0 or run.step == plan.steps:
            LOG.info("step %d: loss %.4f, %.1f minutes", run.step, loss.item(), run.seconds / 60)
            run.save()
    write_weights(run.average.module, run.facts(), plan.out)


def main() -> None:
    """Read the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("judge", choices=sorted(NETS))
    parser.add_argument("--shows", type=Path, required=True, help="folder for rendered scenes, about 1.9 MB each")
    parser.add_argument("--out", type=Path, required=True, help="safetensors file")
    parser.add_argument("--scenes", type=int, default=400, help="a multiple of 20")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=2e-3)
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(1)
    plan = Plan(chosen.judge, chosen.out, chosen.scenes, chosen.steps, chosen.seed, chosen.rate)
    train(plan, read_shows(chosen.shows, LEARNING_SEEDS[: plan.scenes]))


if __name__ == "__main__":
    main()
