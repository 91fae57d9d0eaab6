"""The planner: which casualty with which vehicle to which facility, so that most is saved. Pure numbers."""
