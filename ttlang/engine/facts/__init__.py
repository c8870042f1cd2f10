"""What an editor shows of a kernel beside its mistakes: facts of its compilation, its cost, its functions."""
