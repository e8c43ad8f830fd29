"""Discord-facing commands: translate, call one service, answer."""
