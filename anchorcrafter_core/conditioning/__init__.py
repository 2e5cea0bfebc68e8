"""Person, product and controls to the conditions of the sampler."""
