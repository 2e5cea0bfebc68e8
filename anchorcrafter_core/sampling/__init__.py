"""Schedule, windows, guidance, denoiser, loop, decoding."""
