"""Shops to try the project on: the CDNOW log, and simulated ones whose law is known."""
