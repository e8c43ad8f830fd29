"""A Discord and a Qwen-TTS on loopback, for the demo and the tests."""
