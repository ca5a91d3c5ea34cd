"""The demonstration's stand-in for a public beacon: drand's HTTP API, not random for anyone who runs it."""
