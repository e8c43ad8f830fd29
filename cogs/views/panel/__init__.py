"""The panel in which moderators decide about their server."""
