"""Briefs, outlines, linting, fixes and rules."""

from fastapi import APIRouter, Response

from xiezuo.i18n import Text, ui_language
from xiezuo.lint.catalogue import explain
from xiezuo.lint.rules import FAMILIES, RULES
from xiezuo.server import refusals
from xiezuo.server.dependencies import CurrentPrincipal, ServicesDep
from xiezuo.server.errors import HttpError
from xiezuo.server.request_classes import MODEL, SHORT, TEXT, request_class
from xiezuo.server.schemas.assist import (
    BriefIn,
    BriefPreviewIn,
    BriefPreviewOut,
    DiagnosticOut,
    Fixed,
    LintIn,
    ReplanIn,
    RuleOut,
    preview_out,
)
from xiezuo.writing.model.outline import Outline

router = APIRouter(prefix="/api", tags=["assist"])


@router.post("/brief/preview")
@request_class(MODEL)
async def preview_brief(
    _: CurrentPrincipal, body: BriefPreviewIn, services: ServicesDep
) -> BriefPreviewOut:
    """The prompt for a brief, its tokens, findings and time; nothing is generated."""
    return preview_out(await services.studio.preview(body.brief), services.studio.speed)


@router.post("/outline")
@request_class(MODEL)
async def make_outline(_: CurrentPrincipal, body: BriefIn, services: ServicesDep) -> Outline:
    """Title and sections for a brief; nothing is stored."""
    return await services.studio.plan(body.brief, body.seed)


@router.post("/outline/again")
@request_class(MODEL)
async def plan_again(_: CurrentPrincipal, body: ReplanIn, services: ServicesDep) -> Outline:
    """The outline with one heading replaced."""
    if body.index >= len(body.plan.sections):
        raise HttpError(refusals.UNKNOWN_SECTION)
    return await services.studio.plan_again(body.plan, body.index, body.seed)


@router.post("/lint", response_model=list[DiagnosticOut])
@request_class(TEXT)
async def lint_text(_: CurrentPrincipal, body: LintIn, services: ServicesDep) -> Response:
    """The findings of the linter in a Markdown text."""
    diagnostics = await services.workers.run("lint", **body.model_dump())
    return Response(diagnostics, media_type="application/json")


@router.post("/fix", response_model=Fixed)
@request_class(TEXT)
async def fix_text(_: CurrentPrincipal, body: LintIn, services: ServicesDep) -> Response:
    """The text after all safe fixes, and the remaining findings; `unsafe` applies all fixes."""
    fixed = await services.workers.run("fix", **body.model_dump())
    return Response(fixed, media_type="application/json")


@router.get("/rules")
@request_class(SHORT)
def list_rules(_: CurrentPrincipal) -> list[RuleOut]:
    """Every rule of the linter with its page, in the language of `Accept-Language`."""
    language = ui_language()
    return [
        RuleOut(
            code=rule.code,
            name=rule.name,
            family=rule.code[:3],
            family_name=Text(*FAMILIES[rule.code[:3]]).in_language(language),
            severity=rule.severity,
            summary=rule.title(language),
            page=explain(rule, language),
            fixes=rule.fixes,
            needs=rule.needs,
            default=rule.default,
        )
        for rule in RULES
    ]
