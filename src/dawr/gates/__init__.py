"""The gate that works with no network: its devices, lanes and day packs, what it records, and what that says."""
