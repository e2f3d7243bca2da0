"""Charts of the overview as SVG, drawn on the server without script or inline style.

Both go into an element of class `chart`, and static/dashboard-charts.css gives them their colours and text sizes.
"""

from wizard.dashboard.charts.funnel_drawing import funnel
from wizard.dashboard.charts.trend import draw as draw_trend
from wizard.dashboard.charts.trend_model import Marker, Point, Trend
from wizard.dashboard.charts.trend_points import Moment, trend_of

__all__ = ["Marker", "Moment", "Point", "Trend", "draw_trend", "funnel", "trend_of"]
