"""Schema history. Revisions never import the app: what they need stands in `migrations.columns`."""
