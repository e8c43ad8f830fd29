"""What people shorten in chats, a language in each file."""
