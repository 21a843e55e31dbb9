"""Customers period by period: what they do next depends on one state."""
