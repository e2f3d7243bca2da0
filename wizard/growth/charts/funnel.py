"""The funnel as the flow really branches: pages as cards, and ways between them as wide as the journeys on them."""

from xml.etree.ElementTree import Element

from markupsafe import Markup

from wizard.conversions.edges import RESULT
from wizard.growth.charts.directions import ACROSS, DOWN, Direction, most_in_row
from wizard.growth.charts.drawing import Drawing
from wizard.growth.charts.layers import Node, in_layers, in_rows, rank
from wizard.growth.charts.pages import Picture, read_picture
from wizard.growth.charts.sankey import Size, lay_out
from wizard.growth.charts.shown import Links, Shown
from wizard.growth.charts.svg import markup
from wizard.growth.names import Names


def funnel(overview: Shown, names: Names, links: Links) -> Markup:
    """The questionnaire's graph with the figures of `overview`, twice: across for wide places, down for narrow ones.

    The stylesheet shows one of them. A flow that is too long to go across is drawn downwards alone.
    """
    picture = read_picture(overview, names, links)
    parts = (_draw(picture, ACROSS), _draw(picture, DOWN), _legend(picture))
    return markup(*(part for part in parts if part is not None))


def _legend(picture: Picture) -> Element | None:
    """What the dashed lines are, if there are any, and what is left out."""
    if not (picture.others or picture.hidden):
        return None
    legend = Element("p", {"class": "legend"})
    more = f" Ways that are not drawn were taken {picture.hidden:,} times." if picture.hidden else ""
    legend.text = (
        f"Dashed: ways besides the questions\N{RIGHT SINGLE QUOTATION MARK} own, such as links with answers.{more}"
    )
    return legend


def _draw(picture: Picture, direction: Direction) -> Element | None:
    pages = list(picture.cards)
    edges = [(way.source, way.target) for way in picture.ways]
    results = [page for page in pages if page.name == RESULT]
    ranks = rank(pages, edges, results)
    if direction.is_down:
        ranks = in_rows(ranks, {page: most_in_row(page, len(results)) for page in pages})
    layers = in_layers(ranks, edges)
    sizes: dict[Node, Size] = {page: direction.size_of(page, card) for page, card in picture.cards.items()}
    room = direction.room(layers, sizes)
    if room is None:
        return None
    layout = lay_out(layers, [way.journeys for way in picture.ways], sizes, room)
    return Drawing(picture, layout, direction).draw()
