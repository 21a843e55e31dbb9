"""Runs the Python models beside dbt, where dbt does not run them itself."""
