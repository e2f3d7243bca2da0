"""`POST /api/conversions`: a destination reports a signup."""
