"""Which versions of the API there are; REST and the gateway count them together."""

from __future__ import annotations

# Discord documentation, "API Versioning": the two that are neither deprecated nor discontinued.
API_VERSIONS = frozenset({9, 10})
NEWEST_API_VERSION = max(API_VERSIONS)
