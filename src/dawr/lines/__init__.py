"""First-come releases: a waiting line before the seats, in random order at its opening, in order of arrival after."""
