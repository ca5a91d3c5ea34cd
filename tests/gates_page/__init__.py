"""The gate's page in a browser: its modules give what Python gives, for every code that anybody has thought of."""
