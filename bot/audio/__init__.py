"""From PCM to Opus packets and files."""
