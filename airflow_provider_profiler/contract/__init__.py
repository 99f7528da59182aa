"""What travels between the rooms: requests, states, job detail, events, errors and the one profile model.

Nothing here imports another room of the package; every other room may import this one.
"""
