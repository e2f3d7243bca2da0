"""The growth dashboard under /growth: sign-in, overview, journeys and exports."""
