"""The chip, without a compiler: it knows no IR and no printer."""
