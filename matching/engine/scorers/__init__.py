"""The text scorers: each says, in 0..1, how much of a demand a profile covers."""
