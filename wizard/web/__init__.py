"""What all parts share: services, security headers, limits, static files, logs."""
