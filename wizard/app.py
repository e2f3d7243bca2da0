"""Assembles the application: settings in, a Flask application out."""

from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus

from flask import Flask, Response, jsonify
from flask_compress import Compress
from jinja2 import StrictUndefined

from wizard.clock import Clock, system_ms
from wizard.config import Settings, read_settings
from wizard.conversion_api import api
from wizard.conversion_api.services import Conversions
from wizard.dashboard import views as dashboard
from wizard.dashboard.access.guard import OPEN
from wizard.dashboard.access.sign_ins import SignIns
from wizard.dashboard.services import DashboardServices
from wizard.embed import views as embed
from wizard.embed.options import Options
from wizard.embed.services import EmbedServices
from wizard.embed.snippet import with_element
from wizard.events.attribution import Attribution
from wizard.events.handoff import Handoffs
from wizard.events.open_log import open_log
from wizard.files.bundled import bundled
from wizard.intake.recorder import Recorder
from wizard.intake.spool import Spool
from wizard.keys import keys_of
from wizard.orphaned_workers import end_with_main_process
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import load_all, required_texts
from wizard.visitor import views
from wizard.visitor.journey import Seal, new_journey
from wizard.visitor.new_journeys import NewJourneys
from wizard.visitor.services import EXTENSION, VisitorServices
from wizard.web import assets, content_encoding, headers, logs, query_encoding, rate_limit, redirects, request_bodies
from wizard.web.forwarding import Forwarding

MAX_BODY_BYTES = 16 * 1024


def create_app(settings: Settings | None = None, clock: Clock = system_ms) -> Flask:
    """The wizard as a WSGI application. Raises WizardError when a setting, a text or the log is not as it must be.

    Events that wait are written to the log only by a worker: see `create_worker`.
    """
    settings = settings or read_settings()
    services = _visitor_services(settings, clock)
    app = Flask("wizard", static_folder=None, template_folder=str(bundled("templates")))
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, COMPRESS_ALGORITHM=["br", "gzip"], COMPRESS_BR_LEVEL=7)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    # The last to be added sees a response first: compression comes before the log counts the bytes.
    logs.init_app(app)
    headers.init_app(app, settings)
    content_encoding.init_app(app)
    Compress(app)
    redirects.init_app(app)
    keys = keys_of(settings)
    # Before the limits: who is not signed in is turned away first, by a page of the dashboard.
    dashboard.init_app(app, _dashboard_services(services, keys), keys)
    refuse = partial(services.recorder.count, "rejected")
    rate_limit.init_app(app, settings, keys[0], refuse, OPEN)
    rate_limit.limit_failures(app, OPEN, keys[0])
    request_bodies.init_app(app)
    assets.init_app(app, bundled("static"))
    views.init_app(app, services)
    embed.init_app(app, EmbedServices(settings, services.flow, services.wordings))
    api.init_app(app, _conversions(services, refuse))
    app.add_url_rule("/healthz", "healthz", _healthz)
    forwarding = Forwarding(app.wsgi_app, settings.trusted_proxies)
    app.add_url_rule("/readyz", "readyz", lambda: _readyz(services, forwarding))
    wsgi = _wrapped(forwarding)
    app.wsgi_app = wsgi  # type: ignore[method-assign]  # Flask's own way to wrap it
    return app


def _wrapped(forwarding: Forwarding) -> query_encoding.EncodedQueries:
    """What a request passes through before Flask sees it, the outermost last."""
    limited = request_bodies.LimitedBodies(forwarding, MAX_BODY_BYTES)
    return query_encoding.EncodedQueries(content_encoding.AcceptedEncodings(limited))


def create_worker() -> Flask:
    """The application of a server's process, with whatever it does in the background begun."""
    app = create_app()
    end_with_main_process()
    recorder_of(app).start()
    return app


def recorder_of(app: Flask) -> Recorder:
    """What records the events of `app`."""
    services: VisitorServices = app.extensions[EXTENSION]
    return services.recorder


def _visitor_services(settings: Settings, clock: Clock) -> VisitorServices:
    keys = keys_of(settings)
    wordings = load_all(settings.wording_dir, required_texts(QUESTIONS, STRATEGY))
    return VisitorServices(
        settings=settings,
        flow=QUESTIONS,
        strategy=STRATEGY,
        wordings=wordings,
        seal=Seal(keys, settings.journey_hours, clock),
        recorder=Recorder(open_log(settings), lambda: Spool(settings.spool_dir), clock),
        handoffs=Handoffs(keys, settings.handoff_days, clock),
        new_journeys=NewJourneys(settings.suspect_rate, keys[0]),
        clock=clock,
    )


def _dashboard_services(services: VisitorServices, keys: Sequence[str]) -> DashboardServices:
    log = services.recorder.log
    title = next(iter(services.wordings.values())).text("site.name")
    return DashboardServices(
        settings=services.settings,
        log=log,
        flow=services.flow,
        strategy=services.strategy,
        wordings=services.wordings,
        sign_ins=SignIns(log.database, keys, services.clock),
        snippet=lambda origin: with_element(origin, Options(), title),
        now_ms=services.clock,
        is_spooling=services.recorder.is_behind,
    )


def _conversions(services: VisitorServices, reject: Callable[[str], None]) -> Conversions:
    recorder = services.recorder
    return Conversions(
        log=recorder.patient_log,
        keys=services.settings.conversion_keys,
        handoffs=services.handoffs,
        reject=reject,
        is_spooling=recorder.is_behind,
        clock=services.clock,
    )


def _healthz() -> Response:
    """The process is up."""
    return _told(HTTPStatus.OK, status="up")


def _readyz(services: VisitorServices, forwarding: Forwarding) -> Response:
    """Visitors can be served: the texts are there, and a journey that is sealed with the keys opens again.

    A log that can't be written, or a proxy that is not trusted, is reported, but does not make the server unready.
    """
    journey = new_journey(services.flow, next(iter(services.wordings)), {}, Attribution(), services.clock())
    ready = services.seal.open(services.seal.seal(journey)) == journey
    code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    recorder = services.recorder
    return _told(
        code,
        status="ready" if ready else "not ready",
        wording=list(services.wordings),
        log=recorder.state,
        waiting=recorder.waiting,
        forwarding=forwarding.state,
    )


def _told(code: HTTPStatus, **facts: object) -> Response:
    """A machine's answer, which nobody may keep."""
    response = jsonify(**facts)
    response.status_code = code
    response.headers["Cache-Control"] = "no-store"
    return response
