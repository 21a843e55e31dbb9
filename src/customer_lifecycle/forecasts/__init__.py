"""What the fitted purchase models say of customers, as tables for SQL."""
