"""`make install` and `make upgrade`: Touchline on a server of its own. Nothing here but the standard library,
and nothing of the application is imported: it is run, as the user that will run it."""
