"""What the bot shows that can be pressed."""
