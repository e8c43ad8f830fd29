"""Pictures as SVG, with a font of our own, and as PNG."""
