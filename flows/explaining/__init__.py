"""Explaining: why a post is in its incident, and why incidents were merged, from what the store knows."""
