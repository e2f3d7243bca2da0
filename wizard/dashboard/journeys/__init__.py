"""Down to one visit: the list of journeys, one journey's timeline, and what is taken along of them."""
