"""From text to PCM: the speech service and everything around it."""
