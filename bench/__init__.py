"""Side-by-side measurements: the product and a baseline alternate in one run, and only ratios count."""
