"""What moderators decide for their server, as the panel shows it: a page a file."""
