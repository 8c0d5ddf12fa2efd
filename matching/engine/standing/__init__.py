"""What the live engine keeps between two full readings: both sides' records, their texts as numbers, their lists."""
