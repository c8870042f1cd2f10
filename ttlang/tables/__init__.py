"""Facts: one row, one record, one line each, and no behaviour."""
