"""A Discord on loopback: REST, gateway, interactions, voice."""
