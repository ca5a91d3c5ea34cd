"""The signed ticket, the gate that reads it, and the counter behind the gate."""
