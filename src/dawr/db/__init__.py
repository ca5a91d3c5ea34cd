"""The way to PostgreSQL: pool, transactions, named statements, migrations and the embedded server."""
