"""The job queues the outbox is measured beside. They are no part of the product: `install` puts them into a
virtual environment of their own, and only there are these files' other modules imported."""
