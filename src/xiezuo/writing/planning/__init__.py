"""From a brief to an outline: the planner, its text form, the estimate, templates."""
