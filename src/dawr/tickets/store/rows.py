"""The statements of tickets."""

from dawr.db.statements import load_statements

SQL = load_statements("dawr.tickets")
