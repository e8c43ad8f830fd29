"""The voice half of the sandbox Discord: gateway, media, end-to-end encryption."""
