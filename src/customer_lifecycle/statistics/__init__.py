"""Tests that take statistics of groups."""
