"""The language server: what an editor shows of a script with kernels. It runs no code of a user's: the engine does."""
