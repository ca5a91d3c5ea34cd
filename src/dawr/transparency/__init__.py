"""The public append-only log: what was done is written where nobody can take it back, and anybody can check it."""
