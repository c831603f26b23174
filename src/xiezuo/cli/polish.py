"""`xiezuo polish`: propose edits for an existing text."""

from typing import TYPE_CHECKING

import typer

from xiezuo.cli._options import AcceptAll, BaseUrl, MarkdownFile, ModelName, OnlyDiff, Seed
from xiezuo.i18n import Text

if TYPE_CHECKING:
    from xiezuo.studio import Studio
    from xiezuo.writing.edit.polish import Proposal

HELP = str(
    Text(
        "Propose edits for a text: remove repetition, unify terms, rewrite padding, "
        "join sections.\n\n"
        "Each edit is shown for you to accept; --yes accepts all, --diff only shows them.",
        "为文章提出修改建议：去除重复、统一术语、改写空话、衔接章节。\n\n"
        "逐条显示，由你决定是否接受；--yes 全部接受，--diff 只显示。",
    )
)


def polish(
    file: MarkdownFile,
    model: ModelName = None,
    base_url: BaseUrl = None,
    seed: Seed = 1,
    *,
    yes: AcceptAll = False,
    diff: OnlyDiff = False,
) -> None:
    from xiezuo.cli._studio import run_with_studio
    from xiezuo.cli._texts import brief_of, edit_prompt
    from xiezuo.writing.files import read_document

    text = read_document(file)

    async def work(studio: "Studio") -> None:
        from xiezuo.writing.edit.polish import apply
        from xiezuo.writing.files import save_document

        accepted: list[Proposal] = []
        decide = edit_prompt(yes=yes, diff=diff)
        async for proposal in studio.polish(text, brief_of(text, file), seed or 1):
            typer.echo(_describe(text, proposal))
            decision = decide()
            if decision == "q":
                break
            if decision == "y":
                accepted.append(proposal)
        if accepted and not diff:
            await save_document(file, apply(text, accepted))
        count = Text("{count} edits accepted.", "接受了 {count} 处修改。")
        typer.echo(count.fill(count=len(accepted)), err=True)

    run_with_studio(work, model, base_url)


def _describe(text: str, proposal: "Proposal") -> str:
    """The reason for an edit, and a diff of the lines that it changes."""
    from xiezuo.cli._texts import changed_lines
    from xiezuo.markdown.edits import Edits

    start = text.rfind("\n", 0, proposal.start) + 1
    end = text.find("\n", proposal.end)
    end = len(text) if end < 0 else end
    shifted = Edits(
        type(edit)(edit.start - start, edit.end - start, edit.text) for edit in proposal.edits
    )
    lines = changed_lines(text[start:end], shifted.apply(text[start:end]))
    return "\n".join([f"{proposal.code} {proposal.message}", *lines, ""])
