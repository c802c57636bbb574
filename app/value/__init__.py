"""Floor 0: how minutes, money and measures are computed, from plain values. Nothing from above."""
