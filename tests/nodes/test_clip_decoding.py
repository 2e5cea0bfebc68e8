"""Latents to IMAGE and VIDEO: chunk by chunk, with the driving clip's speed and sound."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import torch

from tests.nodes.clips import control_signals
from tests.nodes.conftest import Pack
from tests.nodes.fake_host import FakeHost


@pytest.fixture
def vae(built_in: Any, pack: Pack) -> Any:
    """The built-in model's."""
    return pack("nodes.vae").AnchorVae(built_in)


class ForeignVae:
    """A VAE of the host: it decodes each latent to a grey as bright as its mean."""

    downscale_ratio = 8
    first_stage_model: Any = "a network"

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """IMAGE [F,H,W,3]."""
        return latents.mean((1, 2, 3))[:, None, None, None].expand(-1, 64, 64, 3)

    def get_sd(self) -> dict[str, torch.Tensor]:
        """Weights by name, one of those that SVD's has and no other."""
        return {"decoder.mid.block_1.mix_factor": torch.zeros(1)}


class NoVae(ForeignVae):
    """What the host's loaders give for a checkpoint without a VAE."""

    first_stage_model = None


class OtherVae(ForeignVae):
    """A VAE for still pictures, or for videos of another model."""

    downscale_ratio: Any = (lambda frames: frames, 16, 16)

    def get_sd(self) -> dict[str, torch.Tensor]:
        """Weights by name."""
        return {"decoder.mid.block_1.conv1.weight": torch.zeros(1)}


def _tone(path: Path) -> str:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 125)
    return str(path)


def _streams(video: Any) -> dict[str, Any]:
    with av.open(video.file) as container:
        return {stream.type: stream for stream in container.streams}


def test_images_are_what_the_vae_gives(vae: Any, pack: Pack) -> None:
    decoding, latents = pack("nodes.clip_decoding"), torch.randn(4, 4, 8, 8)
    images, _ = decoding.decode_clip(vae, latents, 8, decoding.Playback(15.0))
    torch.testing.assert_close(images, vae.decode(latents))


def test_the_video_holds_every_frame_at_its_speed(vae: Any, pack: Pack, host: FakeHost) -> None:
    decoding = pack("nodes.clip_decoding")
    _, video = decoding.decode_clip(vae, torch.randn(5, 4, 8, 8), 2, decoding.Playback(12.5))
    stream = _streams(video)["video"]
    assert (stream.frames, stream.average_rate, stream.width) == (5, Fraction(25, 2), 64)
    assert Path(video.file).parent == host.folder / "temp"


def test_sound_of_the_driving_clip_is_kept(vae: Any, pack: Pack, tmp_path: Path) -> None:
    decoding, types = pack("nodes.clip_decoding"), pack("anchorcrafter_core.types")
    controls = control_signals(types, audio=types.AudioReference(_tone(tmp_path / "tone.wav")), source_fps=24, stride=2)
    playback = decoding.Playback.chosen(0.0, controls)
    assert playback.fps == 12
    _, video = decoding.decode_clip(vae, torch.randn(5, 4, 8, 8), 8, playback)
    assert set(_streams(video)) == {"video", "audio"}


def test_another_speed_drops_the_sound_it_would_not_fit(pack: Pack) -> None:
    decoding, types = pack("nodes.clip_decoding"), pack("anchorcrafter_core.types")
    controls = control_signals(types, audio=types.AudioReference("x.wav"), source_fps=24, stride=2)
    assert decoding.Playback.chosen(30.0, controls) == decoding.Playback(30.0)
    assert decoding.Playback.chosen(12.0, controls).audio == controls.audio
    assert decoding.Playback.chosen(0.0, None) == decoding.Playback(decoding.USUAL_FPS)


def test_a_vae_of_the_host_decodes_too(pack: Pack, host: FakeHost) -> None:
    decoding = pack("nodes.clip_decoding")
    latents = torch.linspace(0, 1, 5)[:, None, None, None].expand(5, 4, 8, 8)
    images, _ = decoding.decode_clip(ForeignVae(), latents[None], 2, decoding.Playback(15.0))
    torch.testing.assert_close(images[:, 0, 0, 0], torch.linspace(0, 1, 5))
    assert [bar[:2] for bar in host.bars] == [(2, 5), (4, 5), (5, 5)]


def test_running_out_of_memory_halves_the_chunk(vae: Any, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    decoding, latents, sizes = pack("nodes.clip_decoding"), torch.randn(4, 4, 8, 8), []
    wanted = vae.decode(latents[:2]), vae.decode(latents[2:])
    decode = vae.first_stage_model.decode

    def tight(part: torch.Tensor, **arguments: Any) -> Any:
        sizes.append(len(part))
        if len(part) > 2:
            raise torch.OutOfMemoryError
        return decode(part, **arguments)

    monkeypatch.setattr(vae.first_stage_model, "decode", tight)
    images, _ = decoding.decode_clip(vae, latents, 4, decoding.Playback(15.0))
    assert sizes == [4, 2, 2]
    torch.testing.assert_close(images, torch.cat(wanted))


def test_nothing_half_written_is_left_when_decoding_breaks(vae: Any, pack: Pack, host: FakeHost) -> None:
    decoding = pack("nodes.clip_decoding")
    host.is_interrupted = True
    with pytest.raises(Exception, match=r"^$"):
        decoding.decode_clip(vae, torch.randn(4, 4, 8, 8), 2, decoding.Playback(15.0))
    assert list((host.folder / "temp").iterdir()) == []


def test_a_host_hears_that_there_is_no_memory_for_one_frame(
    vae: Any, pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoding = pack("nodes.clip_decoding")

    def full(part: torch.Tensor, **arguments: Any) -> Any:
        raise torch.OutOfMemoryError

    monkeypatch.setattr(vae.first_stage_model, "decode", full)
    with pytest.raises(torch.OutOfMemoryError):
        decoding.decode_clip(vae, torch.randn(4, 4, 8, 8), 4, decoding.Playback(15.0))


def test_a_vae_of_another_model_is_refused(pack: Pack, host: FakeHost) -> None:
    decoding, errors = pack("nodes.clip_decoding"), pack("anchorcrafter_core.errors")
    for other, words in ((OtherVae(), "a VAE of another model"), (NoVae(), "no VAE"), (None, "no VAE")):
        with pytest.raises(errors.LoadError, match=f"{words}.*Load Anchor Models"):
            decoding.decode_clip(other, torch.randn(2, 4, 8, 8), 2, decoding.Playback(15.0))
    assert not (host.folder / "temp").exists()


@pytest.mark.parametrize("kind", ["ours", "the host's"])
def test_latents_that_are_no_numbers_are_refused(kind: str, vae: Any, pack: Pack) -> None:
    decoding, errors, latents = pack("nodes.clip_decoding"), pack("anchorcrafter_core.errors"), torch.zeros(3, 4, 8, 8)
    latents[1, 2, 3, 4] = torch.nan
    with pytest.raises(errors.SampleError, match="latents that are no numbers"):
        decoding.decode_clip(vae if kind == "ours" else ForeignVae(), latents, 2, decoding.Playback(15.0))


@pytest.mark.parametrize("kind", ["ours", "the host's"])
def test_pictures_that_are_no_numbers_leave_no_video(kind: str, vae: Any, pack: Pack, host: FakeHost) -> None:
    decoding, errors = pack("nodes.clip_decoding"), pack("anchorcrafter_core.errors")
    with pytest.raises(errors.SampleError, match="pictures that are no numbers"):
        latents = torch.full((3, 4, 8, 8), 1e38)
        decoding.decode_clip(vae if kind == "ours" else ForeignVae(), latents, 2, decoding.Playback(15.0))
    assert list((host.folder / "temp").iterdir()) == []


@pytest.mark.parametrize("shape", [(0, 4, 8, 8), (3, 16, 8, 8), (4, 8, 8), (2, 3, 4, 8, 8)])
def test_other_latents_are_refused(shape: tuple[int, ...], vae: Any, pack: Pack) -> None:
    decoding, errors = pack("nodes.clip_decoding"), pack("anchorcrafter_core.errors")
    with pytest.raises(errors.OptionError, match="latents of shape"):
        decoding.decode_clip(vae, torch.zeros(shape), 8, decoding.Playback(15.0))
