"""AnchorCrafter (arXiv 2411.17383) as a plain Python library: person + product + motion -> product video."""

__version__ = "0.1.0"
