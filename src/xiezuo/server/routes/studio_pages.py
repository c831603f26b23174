"""The built studio: its page, its assets, and the files that make it installable.

They contain no user data, so they need no login. The page allows no inline script; style sheets
that the editor creates carry a nonce that is new in every response.
"""

import os
import secrets
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, HTMLResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

import xiezuo
from xiezuo.server import refusals
from xiezuo.server.errors import HttpError
from xiezuo.server.middleware.security import POLICY
from xiezuo.server.request_classes import SHORT, request_class

STATIC = Path(xiezuo.__path__[0]) / "static"
_FOREVER = "public, max-age=31536000, immutable"  # the names of assets change with their content
_KINDS = {
    "icon.svg": "image/svg+xml",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
    "manifest.webmanifest": "application/manifest+json",
    "service-worker.js": "text/javascript",
}
router = APIRouter(include_in_schema=False)


class _Assets(StaticFiles):
    def file_response(
        self, full_path: str | os.PathLike[str], *args: object, **kwargs: object
    ) -> Response:
        response = super().file_response(full_path, *args, **kwargs)  # pyright: ignore[reportArgumentType]
        response.headers["Cache-Control"] = _FOREVER
        return response


@router.get("/")
@request_class(SHORT)
def page() -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
    return HTMLResponse(
        _built("index.html").read_text("utf-8").replace("%NONCE%", nonce),
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
    )


@router.get("/{name}")
@request_class(SHORT)
def file(name: str) -> FileResponse:
    kind = _KINDS.get(name)
    if kind is None:
        raise HttpError(refusals.NOT_FOUND)
    return FileResponse(_built(name), media_type=kind, headers={"Cache-Control": "no-cache"})


def add_pages(app: FastAPI) -> None:
    """Serve the studio, after all other routes."""
    app.mount("/assets", _Assets(directory=STATIC / "assets", check_dir=False))
    app.include_router(router)


def _built(name: str) -> Path:
    path = STATIC / name
    if not path.is_file():
        raise HttpError(refusals.NO_STUDIO)
    return path
