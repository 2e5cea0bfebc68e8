"""Clips that training learns from: read from folders and manifests, made from stills, rendered; drawn and batched."""
