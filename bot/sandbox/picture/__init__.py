"""The picture of a scene: who did what when, and what was heard of it."""

from bot.sandbox.picture._layout import WIDTH_PX, compose, draw
from bot.sandbox.picture.scene import Moment, Sound

__all__ = ["WIDTH_PX", "Moment", "Sound", "compose", "draw"]
