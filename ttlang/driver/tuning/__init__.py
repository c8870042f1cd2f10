"""Sizes that are found by trying: what is tried, by whom, and what is kept of it."""
