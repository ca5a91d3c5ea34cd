"""The nouns and decisions of a gate that works with no network."""
