"""What people look at: each view is one call that returns one frozen noun, the same for every face.

A view decides through `access` what its viewer may know; a list and its detail are made by the same functions.
"""
