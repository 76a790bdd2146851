"""Orders: taking, keeping and shipping them."""
