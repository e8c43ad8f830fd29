"""Commands, components and forms: from a member's use of them to the answers."""
