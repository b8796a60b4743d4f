"""Grouping: which posts are about one problem at one place."""
