"""What is published about the platform itself: whether it is up, what is left today, what was stopped."""
