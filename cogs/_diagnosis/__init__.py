"""Why nobody hears anything: facts, what they mean, and how they are gathered."""
