"""What the lowering of `ttl.compute` is made of: `ttl_lower_compute.py` puts it together."""
