"""The built-in tiny model and the synthetic scenes it was made for."""
