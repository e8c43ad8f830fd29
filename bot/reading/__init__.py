"""The chat of a call, read aloud: from a message that comes in to what waits to be spoken."""
