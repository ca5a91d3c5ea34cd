"""How many people an hour an office can serve, with its working, and the slots that follow from it."""
