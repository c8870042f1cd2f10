"""What the lowering of pipes and semaphores is made of: `ttl_lower_pipes.py` puts it together."""
