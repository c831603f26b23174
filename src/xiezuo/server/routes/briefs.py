"""What is asked of linter and model about a text: briefs, outlines, lint, fixes, rules."""

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
    PlanAgain,
    RuleOut,
    preview_out,
)
from xiezuo.writing.model.outline import Outline

router = APIRouter(prefix="/api", tags=["assist"])


@router.post("/brief/preview")
@request_class(MODEL)
async def preview_brief(
    _: CurrentPrincipal, asked: BriefPreviewIn, inside: ServicesDep
) -> BriefPreviewOut:
    """The prompt that a brief becomes, its tokens, faults and time; nothing is generated."""
    return preview_out(await inside.studio.preview(asked.brief), inside.studio.speed)


@router.post("/outline")
@request_class(MODEL)
async def make_outline(_: CurrentPrincipal, asked: BriefIn, inside: ServicesDep) -> Outline:
    """Title and sections for a brief; nothing is kept."""
    return await inside.studio.plan(asked.brief, asked.seed)


@router.post("/outline/again")
@request_class(MODEL)
async def plan_again(_: CurrentPrincipal, asked: PlanAgain, inside: ServicesDep) -> Outline:
    """The outline with another heading in the place of one."""
    if asked.index >= len(asked.plan.sections):
        raise HttpError(refusals.UNKNOWN_SECTION)
    return await inside.studio.plan_again(asked.plan, asked.index, asked.seed)


@router.post("/lint", response_model=list[DiagnosticOut])
@request_class(TEXT)
async def lint_text(_: CurrentPrincipal, asked: LintIn, inside: ServicesDep) -> Response:
    """The faults of a Markdown text."""
    found = await inside.workers.run("lint", **asked.model_dump())
    return Response(found, media_type="application/json")


@router.post("/fix", response_model=Fixed)
@request_class(TEXT)
async def fix_text(_: CurrentPrincipal, asked: LintIn, inside: ServicesDep) -> Response:
    """The text after all safe fixes, and what is left; `unsafe` applies the others too."""
    done = await inside.workers.run("fix", **asked.model_dump())
    return Response(done, media_type="application/json")


@router.get("/rules")
@request_class(SHORT)
def list_rules(_: CurrentPrincipal) -> list[RuleOut]:
    """Every rule of the linter with its page, in the language of `Accept-Language`."""
    language = ui_language()
    return [
        RuleOut(
            code=rule.code, name=rule.name, family=rule.code[:3],
            family_name=Text(*FAMILIES[rule.code[:3]]).in_language(language),
            severity=rule.severity, summary=rule.title(language), page=explain(rule, language),
            fixes=rule.fixes, needs=rule.needs, default=rule.default,
        )
        for rule in RULES
    ]  # fmt: skip
