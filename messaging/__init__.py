"""How to say a thing, whether it may be said now, and how a carrier carries it.

Plain values in, plain values out: no Flask, no SQLAlchemy, nothing of ours from the floors above.
"""
