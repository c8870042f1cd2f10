"""The intermediate representations: `ttcore` (tiles, tensors), `ttl` (blocks), `ttkernel` (kernel calls)."""
