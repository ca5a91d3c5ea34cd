"""Dawr: public services whose turns cannot be hoarded, forged or sold."""
