"""From Opus packets to a voice channel."""
