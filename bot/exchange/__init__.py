"""What moderators of a server have decided, as a file to keep and to bring back."""
