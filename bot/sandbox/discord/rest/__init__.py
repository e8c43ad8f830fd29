"""REST v10: one module for each family of routes."""
