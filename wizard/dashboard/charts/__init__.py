"""Charts of the overview as SVG, drawn on the server without script or inline style.

Both go into an element of class `chart`, and static/dashboard-charts.css gives them their colours and text sizes.
"""

from wizard.dashboard.charts.funnel_drawing import funnel
from wizard.dashboard.charts.trend import trend

__all__ = ["funnel", "trend"]
