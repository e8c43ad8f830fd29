"""What exists in the simulated Discord, and what people do in it."""
