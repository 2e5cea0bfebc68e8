"""What the built-in model looks through: its VAE and its two image encoders, learned before the network itself."""
