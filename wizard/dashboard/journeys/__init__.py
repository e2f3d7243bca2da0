"""The list of journeys, the page of one journey, and exports."""
