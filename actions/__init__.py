"""Actions: what a recognised message leads to, and the typed ``Reply`` it makes.

They decide; the floors below look up, compute and store.
"""
