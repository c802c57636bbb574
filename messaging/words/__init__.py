"""Word lists, as data: each word here has a test of its own."""
