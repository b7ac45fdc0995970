"""The window's own building blocks. Whatever a record says is set as plain text."""
