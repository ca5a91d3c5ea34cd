"""The tip line: what somebody saw or was asked to pay, told without a name and followed up with a receipt."""
