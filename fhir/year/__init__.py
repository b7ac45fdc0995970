"""The person's year: what was waited for, going home after hospital, support and its cost over time, what is due.

Pure reckonings over the entries they are given, which are those shared with one reader. No clock: the day is passed in.
What cannot be known is said to be unknown, never guessed.
"""
