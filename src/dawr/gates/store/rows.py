"""The statements that the gates' store is made of."""

from dawr.db.statements import load_statements

SQL = load_statements("dawr.gates")
