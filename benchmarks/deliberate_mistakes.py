"""Does the parity suite notice mistakes? Breaks a copy of the code in one way after another and runs the suite on it.

python benchmarks/deliberate_mistakes.py [--only WORD]
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Mistake:
    """One replacement of text in one file of the core."""

    name: str
    file: str
    right: str
    wrong: str


MISTAKES = (
    Mistake("object views swapped", "models/object_nets.py", "MIDDLE_VIEW = 1", "MIDDLE_VIEW = 0"),
    Mistake("fps for fps - 1", "conditioning/augment.py", "options.fps - 1", "options.fps"),
    Mistake("hand before pose", "types/models.py", '("pose", "hand")),', '("hand", "pose")),'),
    Mistake("track into the pose net", "types/models.py", '("track",)),', '("hand",)),'),
    Mistake(
        "scaled condition latents",
        "conditioning/encode.py",
        "distribution.mode().float()",
        'distribution.mode().float() * vae.config["scaling_factor"]',
    ),
    Mistake(
        "pose without conditions", "types/conditioning.py", 'dropped |= {"controls": None} if residuals else {}', "pass"
    ),
    Mistake(
        "condition latents without conditions",
        "types/conditioning.py",
        'dropped |= {"reference_latent": None, "object_latent": None} if latents else {}',
        "pass",
    ),
    Mistake(
        "tokens without conditions",
        "types/conditioning.py",
        'dropped |= {"image_token": None, "product": None} if context else {}',
        "pass",
    ),
    Mistake("windows stand still", "sampling/windows.py", "START_SHIFT = 4", "START_SHIFT = 0"),
    Mistake("windows move by one", "sampling/windows.py", "START_SHIFT = 4", "START_SHIFT = 1"),
    Mistake(
        "triangular weights in the published plan",
        "sampling/windows.py",
        "return Window(indices, (1.0,) * len(indices))",
        "return Window(indices, triangle(len(indices)))",
    ),
    Mistake("object picture as in training", "types/models.py", '= "published"', '= "training"'),
    Mistake("latent inputs swapped", "types/models.py", '= ("reference", "object")', '= ("object", "reference")'),
    Mistake(
        "detail before identity",
        "types/conditioning.py",
        "torch.cat([self.identity, self.detail]",
        "torch.cat([self.detail, self.identity]",
    ),
    Mistake("no track residual", "sampling/residuals.py", "in models.spec.residuals:", "in models.spec.residuals[:1]:"),
    Mistake("noise of the pictures not drawn", "sampling/noise.py", "    picture_noise(generator, size)\n", ""),
    Mistake(
        "guidance ramp reversed",
        "types/options.py",
        "torch.linspace(self.guidance_min, self.guidance_max, frames)",
        "torch.linspace(self.guidance_max, self.guidance_min, frames)",
    ),
    Mistake(
        "one guidance for all frames",
        "types/options.py",
        "torch.linspace(self.guidance_min, self.guidance_max, frames)",
        "torch.full((frames,), self.guidance_max)",
    ),
    Mistake(
        "noise on the person alone", "conditioning/assemble.py", "picture + noise", 'picture + noise * (name[0] == "r")'
    ),
    Mistake(
        "augmentation strength not told",
        "conditioning/augment.py",
        "noise_augmentation=strength",
        "noise_augmentation=0.0",
    ),
    Mistake("log sigma not quartered", "sampling/schedule.py", "0.25 * sigma.log()", "sigma.log()"),
    Mistake("input not scaled", "sampling/denoiser.py", "x * input_scale(sigma).to(x)", "x"),
    Mistake("noise per frame", "sampling/noise.py", 'window if noise == "window" else frames', "frames"),
    Mistake(
        "objects look through the person's keys",
        "models/dual_adapter.py",
        "_heads(self.to_k_ip(objects), attn)",
        '_heads(attn.get_submodule("to_k")(objects), attn)',
    ),
    Mistake("adapter in space alone", "types/models.py", r'r"\.attn2$"', r'r"\.transformer_blocks\..*\.attn2$"'),
    Mistake("one object token fewer", "types/models.py", "object_tokens: int = 19", "object_tokens: int = 18"),
    Mistake("views side by side in reverse", "models/object_nets.py", "features[:, :, 0]", "features[:, :, 0].flip(1)"),
    Mistake("second attention forgotten", "models/object_nets.py", "self.space_attn2(attend", "(attend"),
    Mistake(
        "CLIP without the low-pass",
        "conditioning/pixels.py",
        "align_corners=True, antialias=True",
        "align_corners=True",
    ),
    Mistake("pixels rounded on the way", "conditioning/pixels.py", "+ 1.0) * 127.5).to", "+ 1.0) * 127.5).round().to"),
    Mistake(
        "frames in reverse order",
        "sampling/denoiser.py",
        "frames = list(window.indices)",
        "frames = sorted(window.indices)",
    ),
    Mistake(
        "rows and columns exchanged", "controls/align.py", "enumerate((width, height))", "enumerate((height, width))"
    ),
    Mistake("red first", "controls/draw_pose.py", 'if colors == "blue_first"', 'if colors != "blue_first"'),
    Mistake(
        "limbs not shaded",
        "controls/draw_pose.py",
        "_shaded(_scaled(color, first * second))",
        "_scaled(color, first * second)",
    ),
    Mistake(
        "identity net without its norm",
        "models/object_nets.py",
        "return self.norm(rearrange(tokens,",
        "return (rearrange(tokens,",
    ),
)


def main() -> None:
    """Print one line per mistake: which test noticed it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="")
    chosen = [mistake for mistake in MISTAKES if parser.parse_args().only in mistake.name]
    unnoticed = [mistake.name for mistake in chosen if not report(mistake)]
    print(f"{len(chosen) - len(unnoticed)} of {len(chosen)} noticed; unnoticed: {', '.join(unnoticed) or 'none'}")
    sys.exit(bool(unnoticed))


def report(mistake: Mistake) -> bool:
    """Make the mistake in a copy of the tree, run the parity suite, say what noticed it."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("anchorcrafter_core", "tests", "pyproject.toml"):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, Path(folder, name))
        path = Path(folder, "anchorcrafter_core", mistake.file)
        text = path.read_text(encoding="utf-8")
        if text.count(mistake.right) != 1:
            raise SystemExit(
                f"{mistake.name}: {mistake.file} holds {mistake.right!r} {text.count(mistake.right)} times"
            )
        path.write_text(text.replace(mistake.right, mistake.wrong), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "tests/parity", "-x", "-q", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    found = re.search(r"^(?:FAILED|ERROR) (?:\S*/)?(test_\w+\.py::\w+)", done.stdout, re.MULTILINE)
    print(f"{mistake.name}: {found.group(1) if found else 'NOT NOTICED'}", flush=True)
    return found is not None


if __name__ == "__main__":
    main()
