"""What data movement threads do over the network of the chip: their port, and its parts."""
