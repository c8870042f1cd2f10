"""`ttlang profile`: where the time of kernels goes, and what would make them faster (docs/agents/profile.md)."""
