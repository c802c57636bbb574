"""A stand-in for Twilio's Messages API: a process of its own, on loopback, with a durable log.

It shares no code with the product, so that the two cannot be wrong in the same way. Start it with
`python -m tests.carrier`, or from a test with `tests.carrier.client.StandIn`.
"""
