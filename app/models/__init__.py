"""Floor 2: records, and the rules that concern one record."""
