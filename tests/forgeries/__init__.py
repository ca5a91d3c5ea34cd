"""A corpus of forged, stored and misused codes, each with the verdict that every reader of DW1 must give.

It is made from a key of our own and people who do not exist, and is written out as JSON that knows nothing of Dawr, so
that readers in other languages are held to the very same bytes. A new trick becomes a new item, never a changed one.
"""
