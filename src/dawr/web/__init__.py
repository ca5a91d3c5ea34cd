"""HTTP and the two languages: the only place that knows either."""
