"""What a script's text alone says: its kernels, threads and buffers, and the language around the cursor."""
