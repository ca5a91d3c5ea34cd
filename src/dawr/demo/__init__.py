"""A believable country of invented people, and the processes that `dawr demo` starts around it."""
