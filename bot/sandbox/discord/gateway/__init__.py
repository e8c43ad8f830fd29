"""The gateway: connections, sessions, events."""
