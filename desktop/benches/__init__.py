"""Measuring: the budgets of the design, as ratios to a floor measured in the same run; `budgets` has them all."""
