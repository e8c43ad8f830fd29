"""Variables of a bot under test."""

NO_CACHE = {"CACHE_MEMORY_MB": "0", "CACHE_DISK_MB": "0"}
"""Each test asks the endpoint, whatever the tests before it have said."""
