"""A body that came in chunks is measured."""

from io import BytesIO

import pytest

from wizard.bodies import MeasuredBodies


@pytest.mark.parametrize(("sent", "measured"), [(0, 0), (9, 9), (10, 10), (11, 11), (5000, 11)])
def test_a_body_in_chunks_gets_its_length_up_to_one_byte_over_the_limit(sent: int, measured: int) -> None:
    seen: list[tuple[str, int, bool]] = []

    def app(environ: dict[str, object], _: object) -> list[bytes]:
        body = environ["wsgi.input"]
        assert isinstance(body, BytesIO)
        seen.append((str(environ["CONTENT_LENGTH"]), len(body.read()), "HTTP_TRANSFER_ENCODING" in environ))
        return []

    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(b"x" * sent)}
    MeasuredBodies(app, 10)(environ, lambda *_: lambda _: None)
    assert seen == [(str(measured), measured, False)]


def test_a_body_with_a_length_is_left_unread() -> None:
    body = BytesIO(b"x" * 20)
    environ = {"CONTENT_LENGTH": "20", "wsgi.input": body}
    MeasuredBodies(lambda *_: [], 10)(environ, lambda *_: lambda _: None)
    assert environ["wsgi.input"] is body
    assert body.tell() == 0
