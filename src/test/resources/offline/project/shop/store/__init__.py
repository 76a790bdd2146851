"""Where orders are kept; the only package that knows the database."""
