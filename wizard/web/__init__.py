"""What every response passes through: security headers, limits, assets, logs."""
