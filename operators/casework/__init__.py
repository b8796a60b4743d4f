"""Casework: the book of a territory, its incidents, their lifecycle, clocks and replies."""
