"""The whole HTTP door on one screen."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig

from service.api.bounds import BoundedJson
from service.api.compat.door import ForeignDoor
from service.api.crowd import Crowd
from service.api.described import SCHEMES
from service.api.edge import Edge
from service.api.hot import Hot, Pages
from service.api.problems import HANDLERS
from service.api.provided import Desk
from service.api.routes import (
    appeals,
    audits,
    blocks,
    claiming,
    comments,
    context,
    deciding,
    figures,
    health,
    pages,
    policy,
    reporting,
    review,
    scoring,
    signing,
    sorting,
    streams,
    suggestions,
    threads,
    trailing,
    transparency,
    watching,
)
from service.api.shortcut import Shortcut
from service.api.streaming import Streams
from service.settings import Settings
from service.workflow.house import House

BODY_BYTES = 160_000

ROUTES: Sequence[Any] = (
    # Readers: POST /v1/sites/{site}/comments; GET there, …/comments/{id}, …/counts, …/stream
    comments.submit_comment,
    comments.list_comments,
    comments.get_comment,
    comments.count_comments,
    streams.follow_thread,
    # Authors, by their comment's token: GET, PATCH, DELETE …/comments/{id}; GET …/comments/{id}/stream
    comments.edit_comment,
    comments.delete_comment,
    streams.follow_comment,
    # Sites and moderators: GET, PATCH …/threads; GET, PUT …/policy
    threads.get_thread,
    threads.patch_thread,
    threads.get_policy,
    threads.put_policy,
    # Moderators: GET /v1/review/comments, POST /v1/review/decisions
    review.list_for_review,
    review.decide,
    suggestions.list_suggestions,
    # Sites, by their key: POST /v1/score
    scoring.score,
    # Readers report, authors appeal, moderators look again; figures for them, and for everybody
    reporting.send_report,
    reporting.list_reports,
    reporting.answer_reports,
    appeals.send_appeal,
    appeals.list_appeals,
    figures.get_figures,
    transparency.get_transparency,
    transparency.show_transparency,
    # Operators: /health/live, /health/ready, /metrics
    health.live,
    health.ready,
    health.metrics,
    # Moderators, signing in: POST, DELETE /v1/review/session; GET /v1/review/me
    signing.sign_in,
    signing.sign_out,
    signing.who_am_i,
    # … and watching: GET /v1/review/stream, /trail
    watching.watch_site,
    trailing.export_trail,
    # … many at once: GET /v1/review/groups, /distribution, /samples
    sorting.list_groups,
    sorting.draw_distribution,
    sorting.draw_samples,
    context.look_around,
    # Sites and moderators: GET, POST, DELETE …/blocks
    blocks.list_blocks,
    blocks.place_block,
    blocks.lift_block,
    # Policies: …/policy/history, …/history/{version}, …/diff, POST …/rollback; anyone: …/house-rules, the schema
    policy.get_policy_schema,
    policy.list_policy_versions,
    policy.get_policy_version,
    policy.compare_policies,
    policy.roll_back_policy,
    policy.rehearse_policy,
    policy.list_house_rules,
    # Moderators: GET, POST /v1/review/audits, GET /v1/review/audit-figure
    audits.list_audits,
    audits.judge_audit,
    audits.get_audit_figure,
    # Pages: /, /demo, /demo/busy, /review, /docs, and their scripts
    *pages.ROUTES,
    # Moderators: POST, PATCH, DELETE /v1/review/claims; POST /v1/review/skips, …/bulk, …/undo, …/notes, …/escalations
    claiming.claim,
    claiming.keep_claims,
    claiming.release_claims,
    claiming.skip,
    deciding.decide_many,
    deciding.undo,
    deciding.add_note,
    deciding.escalate,
)


def create_app(house: House, settings: Settings, streams_open: Streams | None = None) -> Litestar:
    """Build the framework's application over a house; `Edge` goes around it."""
    open_streams = streams_open or Streams()
    desk = Desk(house=house, settings=settings, streams=open_streams)

    @asynccontextmanager
    async def closing_streams(_: Litestar) -> AsyncIterator[None]:
        yield
        open_streams.close()

    return Litestar(
        route_handlers=ROUTES,
        dependencies={
            "house": Provide(lambda: house, sync_to_thread=False),
            "desk": Provide(lambda: desk, sync_to_thread=False),
        },
        exception_handlers=HANDLERS,
        lifespan=[closing_streams],
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Gatepost",
            version="1",
            description="Comment moderation. Every error is an RFC 9457 problem with a stable `type`.",
            components=SCHEMES,
            use_handler_docstrings=True,
            path="/openapi.json",
            render_plugins=[BoundedJson(path="/")],
        ),
        request_max_body_size=BODY_BYTES,
        state=State({"settings": settings}),
    )


def create_edge(house: House, settings: Settings, streams_open: Streams | None = None) -> Hot:
    """Build what a server runs: ours, and around it the door for other people's programs.

    Those: POST /v1alpha1/comments:analyze and :suggestscore, GET /$discovery/rest, POST /v1/moderations.
    """
    open_streams = streams_open or Streams()
    desk = Desk(house=house, settings=settings, streams=open_streams)
    app = create_app(house, settings, open_streams)
    methods = {
        route.path_format: ", ".join(sorted(route.methods)) for route in app.routes if route.scope_type == "http"
    }
    crowd = Crowd(Shortcut(app, desk, body_bytes=BODY_BYTES))
    door = ForeignDoor(Edge(crowd, house, settings, methods), house, settings)
    return Hot(door, house, Pages(limit_bytes=settings.cache_bytes), crowd)
