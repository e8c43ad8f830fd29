"""A Discord bot that speaks text through Qwen-TTS."""
