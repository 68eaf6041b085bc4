"""The function that the template makes in an account: its one file, and nothing of labkit."""
