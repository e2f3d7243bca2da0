"""Assembles the application: `create_app` makes the services, and adds each part."""

import gc
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify
from jinja2 import StrictUndefined

from wizard import tracing
from wizard.clock import Clock, system_ms
from wizard.config import Settings, read_settings
from wizard.conversion_api import api
from wizard.dashboard import views as dashboard
from wizard.dashboard.access.guard import GUESSABLE
from wizard.embed import views as embed
from wizard.embed.options import Options
from wizard.embed.snippet import element_snippet
from wizard.events.attribution import Attribution
from wizard.events.handoff import Handoffs
from wizard.events.open_log import open_log
from wizard.events.open_readings import open_readings
from wizard.files.bundled import bundled
from wizard.intake.batch_meter import NO_METER, BatchMeter
from wizard.intake.journal import Journal
from wizard.intake.recorder import LEAD_AFTER_SECONDS, Recorder
from wizard.keys import keys_of
from wizard.metrics.counted_requests import CountedRequests
from wizard.orphaned_workers import end_with_main_process
from wizard.questionnaire.questions import QUESTIONS
from wizard.questionnaire.strategy import STRATEGY
from wizard.questionnaire.wording import required_texts
from wizard.questionnaire.wording_files import read_folder
from wizard.questionnaire.wording_set import set_of_files
from wizard.studio import views as studio
from wizard.visitor import views as visitor
from wizard.visitor.journey import new_journey
from wizard.visitor.services import services as visitor_services
from wizard.web import assets, content_encoding, headers, logs, query_encoding, rate_limit, redirects, request_bodies
from wizard.web.forwarding import Forwarding
from wizard.web.mounting import Mounting, own_path
from wizard.web.services import EXTENSION, Services, services
from wizard.wording_versions.published import PublishedWording

MAX_BODY_BYTES = 16 * 1024


class Application(Flask):
    """Flask for views and hooks that are plain functions, all of ours."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """`func` itself. Flask would look whether it is a coroutine, at sixteen functions a request."""
        return func


def create_app(settings: Settings | None = None, clock: Clock = system_ms) -> Flask:
    """The wizard as a WSGI application. Raises WizardError where a setting, a text or the log can't be used.

    Nothing runs in the background: journals are only brought into the log by `create_worker`.
    """
    app = Application("wizard", static_folder=None, template_folder=str(bundled("templates")))
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES)
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    made = app.extensions[EXTENSION] = _services(settings or read_settings(), clock)
    # The last to be added sees a response first: compression comes before the log counts the bytes.
    logs.init_app(app)
    headers.init_app(app, made.settings)
    content_encoding.init_app(app)
    redirects.init_app(app)
    # Before the limits: requests without a session are answered first, with a page of the dashboard.
    dashboard.init_app(app, lambda address: element_snippet(address, Options(), made.title()))
    rate_limit.init_app(app, GUESSABLE)
    request_bodies.init_app(app)
    assets.init_app(app, bundled("static"))
    visitor.init_app(app)
    embed.init_app(app)
    api.init_app(app)
    studio.init_app(app)
    app.add_url_rule("/healthz", "healthz", _healthz)
    mounting = Mounting(app.wsgi_app, made.settings)
    app.jinja_env.globals["own_path"] = own_path
    forwarding = Forwarding(mounting, made.settings.trusted_proxies)
    app.add_url_rule("/readyz", "readyz", lambda: _readyz(forwarding, mounting))
    wsgi = _wrapped(forwarding)
    app.wsgi_app = wsgi  # type: ignore[method-assign]  # Flask's own way to wrap it
    return app


def _services(settings: Settings, clock: Clock) -> Services:
    keys = keys_of(settings)
    required = required_texts(QUESTIONS, STRATEGY)
    files = set_of_files(read_folder(settings.wording_dir, required))
    recorder = _recorder(settings, clock)
    published = PublishedWording(recorder.log.database, files, required)
    published.require()
    return Services(
        settings=settings,
        keys=keys,
        flow=QUESTIONS,
        strategy=STRATEGY,
        published=published,
        recorder=recorder,
        handoffs=Handoffs(keys, settings.handoff_days, clock),
        readings=open_readings(settings, recorder.log.database, clock),
        clock=clock,
    )


def _recorder(settings: Settings, clock: Clock) -> Recorder:
    def open_journal() -> Journal:
        flush = settings.durability == "power-loss"
        return Journal(settings.spool_dir, settings.journal_bytes, flush=flush)

    return Recorder(open_log(settings), settings.spool_dir, open_journal, clock)


def _wrapped(forwarding: Forwarding) -> query_encoding.EncodedQueries:
    """Wraps `forwarding` in the middleware that a request passes through first."""
    limited = request_bodies.LimitedBodies(forwarding, MAX_BODY_BYTES)
    return query_encoding.EncodedQueries(content_encoding.AcceptedEncodings(limited))


def create_worker() -> Flask:
    """The application of a server's process, with its background work started."""
    app = create_app()
    end_with_main_process()
    tracing.start()
    tracing.stop_with_main_thread()
    recorder_of(app).start(LEAD_AFTER_SECONDS, _counted(app))
    visitor_services(app).effort.start()
    services(app).published.start()
    gc.freeze()  # what is there now stays, so the garbage collector need not look at it
    return app


def _counted(app: Flask) -> BatchMeter:
    """Count and trace the requests to `app`, where that is on. Returns what counts the batches of this process."""
    if record := tracing.request_recorder():
        app.wsgi_app = CountedRequests(app.wsgi_app, record)  # type: ignore[method-assign]  # as above
    settings = services(app).settings
    if settings.metrics_address is None:
        return NO_METER
    from wizard.metrics.meter import Meter, open_meter

    meter = open_meter(settings)
    if isinstance(meter, Meter):
        app.wsgi_app = CountedRequests(app.wsgi_app, meter.count_request)  # type: ignore[method-assign]  # as above
    return meter


def recorder_of(app: Flask) -> Recorder:
    """The recorder of the events of `app`."""
    return services(app).recorder


def _healthz() -> Response:
    """The process is up."""
    return _uncached_json(HTTPStatus.OK, status="up")


def _readyz(forwarding: Forwarding, mounting: Mounting) -> Response:
    """Visitors can be served: the texts are there, and a journey that is sealed with the keys can be opened again.

    A log that can't be written, or a proxy that is not trusted, is reported, but does not make the server unready.
    """
    current = visitor_services()
    journey = new_journey(current.flow, next(iter(current.wordings)), {}, Attribution(), current.clock())
    is_ready = current.seal.open(current.seal.seal(journey)) == journey
    return _uncached_json(
        HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE,
        status="ready" if is_ready else "not ready",
        wording=list(current.wordings),
        wording_version=current.wording_set().version,
        log=current.recorder.state,
        waiting=current.recorder.waiting,
        forwarding=mounting.state if forwarding.state == "ok" else forwarding.state,
    )


def _uncached_json(status_code: HTTPStatus, **members: object) -> Response:
    response = jsonify(**members)
    response.status_code = status_code
    response.headers["Cache-Control"] = "no-store"
    return response
