"""What a person should know before a document is written is among its events, once."""

from pathlib import Path

import pytest

from tests.support.jobs import ended, settings_for
from tests.support.scripted_text import endless
from tests.support.writing import ROUTES
from xiezuo.engine.models.store import LocalModel, Model
from xiezuo.engine.scripted import scripted
from xiezuo.jobs.queue import JobQueue
from xiezuo.studio import Studio
from xiezuo.writing.model.brief import Brief

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_language_that_the_model_does_not_write(tmp_path: Path, language: str):
    model = Model(id="tea", title="Tea", file="tea.gguf", languages=("en",))
    brief = Brief(task="Explain.", title="Tea", words=80, structure=["A", "B"], language=language)
    async with scripted(endless(language), routes=ROUTES) as engine:
        settings = settings_for(engine, tmp_path)
        urls = settings.database_url, settings.jobs_url
        async with Studio(settings) as studio, JobQueue(studio, *urls) as queue:
            studio.engine_manager.model = LocalModel(model, tmp_path, None)
            job = await queue.submit(brief, seed=1)
            assert (await ended(queue, job)).state == "done"
            told = [event.data for event in queue.documents.events(job, most=10_000)]
    names = [one["event"] for one in told]
    assert names.count("notice") == (language == "zh")
    if language == "zh":
        assert names.index("plan_ready") < names.index("notice") < names.index("section_started")
        (notice,) = [one for one in told if one["event"] == "notice"]
        assert "This model writes en only" in notice["message"]
