"""A realistic morning: everybody comes at once, half of them with scripts, and each one gets a clear answer."""
