"""The planner held against slow, plain readings of its own words."""
