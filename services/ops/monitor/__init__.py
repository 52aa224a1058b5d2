"""The health of the house: components with state, reason and since when; samples and alarms."""
