"""Who profiles the inputs: us, what a user would pick instead, and the floor that reading alone sets.

A contender's module is imported in the process that measures it, and nowhere else.
"""
