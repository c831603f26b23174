"""Takes away one defence after another and shows that a test notices.

    make mutations        (or: .venv/bin/python tests/faults/mutations.py [PART OF A NAME])

Works in a copy of the tree. Prints one line a defence; exits 1 if a test passes without its defence.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Mutation:
    """Replaces `old` by `new` in `file` of the package; `tests` must then fail."""

    defence: str
    file: str
    old: str
    new: str
    tests: str


PROCESS, CLIENT, DOWNLOAD = (
    "engine/local/test_process.py",
    "engine/test_client.py",
    "engine/models/test_download.py",
)
LINT, STREAM, LINT_CLI, REPORT = (
    "lint/test_linter.py",
    "lint/test_stream.py",
    "cli/test_lint.py",
    "lint/report/test_formats.py",
)
GUARD, FAILURES, ACTIONS = (
    "writing/section/test_guard.py",
    "writing/test_failures.py",
    "writing/edit/test_rewrite.py",
)
STORE, QUEUE = "store/documents/test_documents.py", "jobs/test_queue.py"
PIPELINE = "writing/test_pipeline.py"
FILES, DOCUMENT, WRITE = "writing/test_files.py", "writing/test_document.py", "cli/test_write.py"
ENGINE = "server/routes/test_engine.py"
LOGIN, LIMITS, POOL, ATTACKS = (
    "server/test_login.py",
    "server/middleware/test_concurrency.py",
    "server/isolation/test_pool.py",
    "server/test_attacks.py",
)
MIDDLEWARE = "server/middleware"
IMPORTING, REACH = "formats/test_importing.py", "engine/models/test_safe_fetch.py"

MUTATIONS = [
    Mutation("the guardian watches its parent", "engine/local/watchdog.py",
             "selector.register(parent, selectors.EVENT_READ)", "pass",
             f"{PROCESS}::test_no_end_of_ours_leaves_an_engine"),
    Mutation("the engine dies with the guardian", "engine/local/watchdog.py",
             "ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)", "pass",
             f"{PROCESS}::test_no_engine_is_left_when_the_guardian_is_killed"),
    Mutation("a dead engine is started again", "engine/local/process.py",
             "await self._start()\n            except EngineStartError as error:\n",
             "await asyncio.sleep(600)\n            except EngineStartError as error:\n",
             f"{PROCESS}::test_it_comes_back_after_it_was_killed --timeout 20"),
    Mutation("restarts end", "engine/local/process.py", "if full and ", "if False and ",
             f"{PROCESS}::test_it_gives_up_when_it_keeps_dying --timeout 60"),
    Mutation("the socket's folder is private", "engine/local/process.py",
             'folder = Path(tempfile.mkdtemp(prefix="xiezuo-"))',
             'folder = Path(tempfile.mkdtemp(prefix="xiezuo-")); folder.chmod(0o755)',
             f"{PROCESS}::test_only_we_can_reach_it"),
    Mutation("logs are pruned", "engine/local/process.py", "path.unlink(missing_ok=True)", "pass",
             f"{PROCESS}::test_logs_are_kept_but_not_for_ever"),
    Mutation("a server's flags are probed", "engine/local/launch.py",
             "return [flag for flag in _SERVER_FLAGS if flag.encode() not in known]", "return []",
             f"{PROCESS}::test_a_server_without_the_flags_we_need_is_not_used"),
    Mutation("silence is noticed", "engine/client.py", "async with asyncio.timeout(seconds):",
             "async with asyncio.timeout(None):",
             f"{CLIENT}::TestFailures::test_silence_is_a_stall --timeout 10"),
    Mutation("prefill gets its time", "engine/client.py",
             "self._stall + self._prefill_seconds(request)", "self._stall",
             f"{CLIENT}::TestFailures::test_a_slow_prefill_is_no_stall"),
    Mutation("the first token gets its time", "engine/client.py",
             "wait = self._stall + sum(len(m.content) for m in request.messages) / SLOWEST_PREFILL",
             "wait = self._stall", f"{CLIENT}::TestFailures::test_a_slow_prefill_is_no_stall"),
    Mutation("a busy engine is asked again", "engine/client.py", "START_ATTEMPTS = 5",
             "START_ATTEMPTS = 1", f"{CLIENT}::TestFailures::test_a_busy_engine_is_asked_again"),
    Mutation("leaving early closes the stream", "engine/client.py",
             "            await response.aclose()\n\n    async def _counted",
             "            pass\n\n    async def _counted",
             f"{CLIENT}::TestRealEngine::test_leaving_early_stops_the_engine"),
    Mutation("control tokens stay text", "engine/protocol.py",
             "return _CONTROL.sub(lambda match: match.group() + _WORD_JOINER, content)",
             "return content",
             f"{CLIENT}::TestRealEngine::test_control_tokens_in_text_stay_text"),
    Mutation("an ending without a reason is a loss", "engine/wire.py",
             "if self._finish is None:", "if False:",
             f"{CLIENT}::TestFailures::test_a_stream_that_ends_without_a_reason_is_lost"),
    Mutation("an echo is left out", "engine/wire.py", "and text != self._echo", "",
             f"{CLIENT}::TestProbe::test_an_echoed_beginning_is_left_out"),
    Mutation("downloads are hashed", "engine/models/download.py",
             "if model.sha256 is not None and actual != model.sha256:", "if False:",
             f"{DOWNLOAD}::test_a_wrong_hash_is_named_and_never_installed"),
    Mutation("broken transfers are followed", "engine/models/download.py", "if fruitless == FRUITLESS_ATTEMPTS:", "if True:",
             f"{DOWNLOAD}::test_a_hub_that_breaks_off_again_and_again_is_followed_to_the_end"),
    Mutation("fruitless transfers end", "engine/models/download.py", "if fruitless == FRUITLESS_ATTEMPTS:",
             "if False:", f"{DOWNLOAD}::test_one_that_gives_nothing_any_more_is_given_up_and_its_part_kept "
             "--timeout 10"),
    Mutation("parts are continued", "engine/models/download.py", 'self._part.open("ab")',
             'self._part.open("wb")', f"{DOWNLOAD}::test_a_part_is_continued_from_its_end"),
    Mutation("what arrives is written at once", "engine/models/download.py", "response.aiter_raw()",
             "response.aiter_bytes(_CHUNK)",
             f"{DOWNLOAD}::test_a_hub_that_breaks_off_again_and_again_is_followed_to_the_end"),
    Mutation("error pages are recognised", "engine/models/download.py",
             '.startswith("text/html")', '.startswith("nothing")',
             f"{DOWNLOAD}::test_an_error_page_is_no_model"),
    Mutation("one pull at a time", "engine/models/download.py",
             'with filelock.FileLock(path.with_name(f".{path.name}.lock"), blocking=False):',
             "if True:", f"{DOWNLOAD}::test_two_pulls_at_once"),
    Mutation("free disk is checked", "engine/models/download.py", "    _check_space(model, path)\n", "",
             f"{DOWNLOAD}::test_free_disk_is_checked_before"),
    Mutation("a full disk is translated", "engine/models/download.py", "if error.errno in _FULL:",
             "if False:", f"{DOWNLOAD}::test_a_disk_that_fills_up_on_the_way"),
    Mutation("hubs are probed", "engine/models/download.py", "if problem is not None:", "if False:",
             f"{DOWNLOAD}::test_no_hub_at_all"),
    Mutation("headers are checked against the length", "engine/models/gguf.py",
             "if self._size < least:", "if False:",
             "engine/models/test_gguf.py::test_a_truncated_file_is_named_without_reading_the_weights"),
    Mutation("counts are bounded", "engine/models/gguf.py", "if count > most:", "if False:",
             "engine/models/test_gguf.py::test_what_is_wrong_is_named"),
    Mutation("names stay in the folder", "engine/models/store.py",
             'FileName = Annotated[str, Field(pattern=r"^\\w[\\w.+\\-]*\\.gguf$", max_length=206)]',
             "FileName = str",
             "engine/models/test_store.py::test_a_wrong_catalogue_is_named"),
    Mutation("files are replaced, not rewritten", "writing/files.py",
             "    target = path.resolve()\n    target.parent.mkdir(parents=True, exist_ok=True)\n",
             "    target = path.resolve()\n    target.parent.mkdir(parents=True, exist_ok=True)\n"
             "    target.write_text(text); return\n",
             f"{FILES}::test_a_kill_in_mid_save_leaves_the_old_text_or_the_new"),
    Mutation("text is saved though no more follows", "writing/files.py", "SAVE_SECONDS = 0.5",
             "SAVE_SECONDS = 500",
             f"{FILES}::test_text_comes_to_disk_though_no_more_follows"),
    Mutation("text is rescued", "writing/files.py", "        copy = folder /",
             "        break\n        copy = folder /",
             f"{FILES}::test_a_full_disk_is_said_and_the_whole_text_is_rescued"),
    Mutation("a lost engine is not the end", "writing/section/writer.py",
             "except (EngineLostError, EngineStalledError, EngineUnreachableError) as error:",
             "except ZeroDivisionError as error:", f"{DOCUMENT}::test_a_lost_engine_leaves_no_seam"),
    Mutation("losses are bounded", "writing/section/writer.py", "if losses == LOSSES:", "if False:",
             f"{DOCUMENT}::test_an_engine_that_is_lost_again_and_again_without_a_word_is_given_up "
             "--timeout 10"),
    Mutation("what was held back at a loss is forgotten", "writing/section/writer.py",
             "self._section.forget_held_back()", "pass",
             f"{DOCUMENT}::test_a_lost_engine_leaves_no_seam"),
    Mutation("the next section ends this one", "writing/section/buffer.py",
             "if heading is not None and len(heading.markup) <= self.level:", "if False:",
             "writing/section/test_buffer.py::test_the_next_section_ends_it"),
    Mutation("a second rewrite is another one", "writing/repair/ladder.py",
             "task.index + attempt * _SEED_STEP", "task.index",
             "writing/repair/test_ladder.py::test_a_section_whose_passage_stays_faulty_is_written_again"),
    Mutation("a cut-off answer shorter than the passage replaces nothing", "writing/edit/rewrite.py",
             'cut_off = event.finish_reason == "length"', "pass", "writing/edit/test_rewrite.py -k shorter_than_the_passage"),
    Mutation("underlines make no headings", "writing/section/buffer.py",
             'if heading is not None and heading.markup[0] != "#":', "if False:",
             "writing/section/test_buffer.py::test_an_underline_makes_no_heading"),
    Mutation("farewells are left out", "writing/section/guard.py",
             "if last and is_chatter(last[0], opening=False) and not self._fence:", "if False:",
             "writing/section/test_guard.py -k farewell"),
    Mutation("the prompt is bounded", "writing/section/context_window.py", "while used > free:", "while False:",
             f"{DOCUMENT}::test_a_long_document_is_seen_through_a_window_that_moves_seldom"),
    Mutation("briefs are bounded", "writing/model/brief.py", "if len(data) > MAX_BRIEF_BYTES:",
             "if False:", "writing/model/test_brief.py::test_five_megabytes_are_refused_at_once"),
    Mutation("aliases are refused", "writing/model/brief.py",
             "if isinstance(token, yaml.AliasToken):",
             "if False:", "writing/model/test_brief.py::test_what_is_wrong_is_named_with_its_line"),
    Mutation("depth is refused", "writing/model/brief.py", "if depth > DEEPEST:", "if False:",
             "writing/model/test_brief.py::test_what_is_wrong_is_named_with_its_line"),
    Mutation("keys are text", "writing/model/brief.py", "if not isinstance(key, yaml.ScalarNode):",
             "if False:", "writing/model/test_brief.py::test_what_is_wrong_is_named_with_its_line"),
    Mutation("devices are not replaced", "writing/files.py",
             "if path.exists() and not path.is_file():", "if False:",
             f"{FILES}::test_a_pipe_or_a_device_is_not_replaced_by_a_file"),
    Mutation("memory is checked", "studio/composition.py", "if needed > available:", "if False:",
             f"{WRITE}::test_a_model_larger_than_memory_is_refused_before_it_is_loaded"),
    Mutation("SIGTERM saves", "cli/_signals.py",
             "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):",
             "for number in (signal.SIGINT,):",
             f"{WRITE}::test_stopped_by_a_signal_it_saves_and_says_how_to_go_on"),
    Mutation("the place is tried first", "cli/write.py", "    files.check_writable(path)\n", "",
             f"{WRITE}::test_a_place_that_cannot_be_written_to_is_refused_before_a_model_is_fetched"),
    Mutation("existing files are kept", "cli/write.py", "files.refuse_to_overwrite(path)", "pass",
             f"{WRITE}::test_an_existing_file_is_kept_unless_told"),
    Mutation("progress is kept", "writing/files.py",
             "                    save_progress(self._path, progress)\n                    await stack",
             "                    await stack",
             f"{WRITE}::test_stopped_by_a_signal_it_saves_and_says_how_to_go_on"),
    Mutation("fixes that meet are not applied together", "lint/linter.py",
             "if min(edit.start for edit in fix.edits) > reached:", "if True:", LINT),
    Mutation("unsafe fixes wait to be asked for", "lint/linter.py",
             "(diagnostic.fix.safe or unsafe)", "True",
             f"{LINT}::TestFixing::test_unsafe_fixes_wait_to_be_asked_for"),
    Mutation("overlapping edits are refused", "markdown/edits.py", "raise OverlapError(edit)", "pass",
             "markdown/test_edits.py"),
    Mutation("comments in code suppress nothing", "lint/select.py",
             "if not code.covers(place.start):", "if True:", LINT),
    Mutation("code blocks may quote control text", "lint/stream.py",
             "if _CLOSED_TOKEN.search(chunk) and not self.fence:", "if _CLOSED_TOKEN.search(chunk):",
             STREAM),
    Mutation("a loop is reported once", "lint/stream.py",
             "if self._looping:\n            return []", "", STREAM),
    Mutation("a rule of dots is no loop", "lint/detectors/loops.py",
             "if not _LETTER.search(window[-period:]):", "if False:", "lint"),
    Mutation("the report escapes the text", "lint/report/html.py",
             "escape(report.source[reached:start])", "report.source[reached:start]",
             f"{REPORT}::test_html_is_whole_and_runs_nothing"),
    Mutation("a link stays a link", "cli/lint.py", "path.resolve()", "path",
             f"{LINT_CLI}::test_a_link_stays_a_link"),
    Mutation("announced items are counted", "lint/rules/cut007.py",
             "if given is not None and given < announced:", "if False:", "lint/test_rules.py"),
    Mutation("said twice is cut", "writing/section/guard.py",
             '"REP001": self._own.contains(sentence) or self._others.contains(sentence)', '"REP001": False', GUARD),
    Mutation("a change of language is cut", "writing/section/guard.py",
             '"FMT015": self._changes_language(sentence)', '"FMT015": False', GUARD),
    Mutation("chatter is cut", "writing/section/guard.py", '"FMT010": offer or opening', '"FMT010": False', GUARD),
    Mutation("a loop is cut", "writing/section/guard.py", 'if diagnostic.code == "REP004":', "if False:", GUARD),
    Mutation("after a cut it may be said again", "writing/section/guard.py",
             "self._own = SentenceIndex()\n        self._own.add(text)", "pass", GUARD),
    Mutation("early stops are asked for more", "writing/section/writer.py",
             "self._over = enough or self._section.words >= SHORTEST * self._task.words",
             "self._over = True", f"{FAILURES} -k every_few"),
    Mutation("too long is cut back", "writing/section/writer.py",
             "if too_long and not", "if False and not", DOCUMENT),
    Mutation("short sections are made up for", "writing/pipeline.py",
             "return planned + max(-limit, min(limit, carried))", "return planned", DOCUMENT),
    Mutation("two drafts never hold one slot", "engine/slots.py", "del self._free[:most]", "pass", PIPELINE),
    Mutation("a prefix is restored by its owner only", "engine/client.py",
             'file = f"prefix-{source}.kv"', 'file = "prefix.kv"', PIPELINE),
    Mutation("a section that is written again begins empty", "writing/pipeline.py",
             'yield TextReplaced(index, "", "again")', "pass", PIPELINE),
    Mutation("progress knows that a section is written again", "writing/files.py",
             "if manuscript.written != progress.written:", "if isinstance(event, Finished):", PIPELINE),
    Mutation("a model of another language is noticed in jobs", "jobs/stages.py",
             "() if manuscript.begun else pipeline.notices(stored.brief)", "()", "jobs/test_notices.py"),
    Mutation("accounts in part are no lost engine", "engine/wire.py",
             "if isinstance(values.get(name), int | float)", "if True", "engine/test_wire.py"),
    Mutation("slots that may be needed leave memory free", "studio/composition.py",
             "_SHARE_FOR_MODES * available", "available", "studio/test_composition.py"),
    Mutation("sections with errors are marked", "writing/repair/ladder.py",
             '"needs_review" if faults or not review.body.strip() else "written"', '"written"',
             DOCUMENT),
    Mutation("the best candidate is chosen", "writing/model/candidate.py",
             "return min(candidates", "return max(candidates", "writing/model/test_candidate.py"),
    Mutation("other words must say the same", "writing/repair/ladder.py",
             "yield candidate if _is_rewriting(passage, text) else replace(candidate, score=REJECTED)",
             "yield candidate", "writing/repair/test_ladder.py -k never_chosen"),
    Mutation("text that is not used counts as discarded", "writing/repair/ladder.py",
             "self._tally.discarded += discarded", "pass", "writing/repair/test_ladder.py -k discarded"),
    Mutation("a body stays in its section", "writing/section/buffer.py",
             "elif len(token.markup) <= level:", "elif False:", "writing/section/test_buffer.py"),
    Mutation("announcements are no answers", "writing/edit/rewrite.py",
             "if len(paragraphs) > 1 and is_chatter(paragraphs[0], opening=True):", "if False:", ACTIONS),
    Mutation("a stale change is refused", "store/documents/documents.py",
             "if connection.execute(query).rowcount != 1:", "connection.execute(query)\n    if False:", STORE),
    Mutation("a newer database is refused", "store/database.py",
             "except CommandError as error:", "except ZeroDivisionError as error:", STORE),
    Mutation("edits raise the version", "store/documents/documents.py",
             "            version=change.version + 1,\n", "            version=change.version,\n", STORE),
    Mutation("a person's edit stands", "jobs/stages.py",
             "except StaleSectionError:\n                continue", "except ZeroDivisionError:\n                continue",
             f"{QUEUE} -k edit --timeout 60"),
    Mutation("DBOS does not wait for a lost database", "jobs/queue.py",
             "retry_connection_errors=False", "retry_connection_errors=True", f"{QUEUE} -k whose_a_run"),
    Mutation("a job stops while its outline is made", "jobs/stages.py",
             "                outlined = await self._while_wanted(job, planning)\n",
             "                outlined = await planning\n", QUEUE),
    Mutation("a paused job stops", "jobs/stages.py", 'if job.wanted != "run":', "if False:",
             f"{QUEUE} -k silent --timeout 60"),
    Mutation("urgent jobs overtake", "jobs/stages.py",
             "return await asyncio.to_thread(self._jobs.more_urgent, job.priority)", "return False",
             f"{QUEUE} -k overtakes --timeout 60"),
    Mutation("text is stored while the engine is silent", "jobs/recorder.py",
             "asyncio.wait({upcoming}, timeout=FLUSH_SECONDS)", "asyncio.wait({upcoming})",
             f"{QUEUE} -k silent --timeout 60"),
    Mutation("a chapter is no part of the section before it", "writing/section/buffer.py",
             "starts.append((None, first, after))", "pass", "writing/model/test_manuscript.py"),
    Mutation("a mended sentence is read again", "writing/edit/polish.py",
             "SOUND if usable and not linter.lint(answer.text) else REJECTED", "SOUND if usable else REJECTED",
             "writing/edit/test_rewrite.py"),
    Mutation("strangers are refused before their bodies are read", "server/middleware/authentication.py",
             'if scope["type"] == "http" and requires_login(scope["path"]):', "if False:",
             f"{LOGIN} -k no_route_answers"),
    Mutation("the first user closes a running server", "server/middleware/authentication.py",
             "services.login_required = await run_in_threadpool(services.accounts.any)", "pass",
             f"{MIDDLEWARE}/test_authentication.py"),
    Mutation("a session needs its CSRF token", "server/middleware/authentication.py",
             "raise HttpError(refusals.CSRF_TOKEN)", "pass", f"{MIDDLEWARE}/test_authentication.py"),
    Mutation("foreign hosts are refused", "server/middleware/security.py",
             "            return FOREIGN_HOST", "            pass", f"{MIDDLEWARE}/test_security.py"),
    Mutation("other sites are refused", "server/middleware/security.py",
             "            return FOREIGN_ORIGIN", "            pass", f"{MIDDLEWARE}/test_security.py"),
    Mutation("a body has an end", "server/middleware/security.py",
             "asyncio.timeout(max(0.0, deadline - time.monotonic()))", "asyncio.timeout(None)",
             f"{MIDDLEWARE}/test_security.py -k not_come --timeout 20"),
    Mutation("open is only what is listed", "server/middleware/authentication.py",
             'PROTECTED = ("/api", "/v1", "/metrics")', 'PROTECTED = ("/api", "/v1")', f"{LOGIN} -k only_pages"),
    Mutation("another's document is as if it were not there", "server/dependencies.py",
             "if document.owner != current_principal(request).user_id:", "if False:",
             f"{LOGIN} -k belongs_to_another"),
    Mutation("nor is it by the short way", "server/dependencies.py",
             "if version.owner != current_principal(request).user_id:", "if False:",
             f"{LOGIN} -k belongs_to_another"),
    Mutation("both ways give the same answer", "server/middleware/fast_path.py",
             'refusal(scope["path"], as_http(error))', 'refusal("/v1", as_http(error))',
             "server/middleware/test_fast_path.py"),
    Mutation("a route without a class is refused", "server/request_classes.py",
             "if declared is None:", "if False:", "server/test_request_classes.py"),
    Mutation("a request has its route's class", "server/request_classes.py",
             "                return declared\n", "                return self._default\n",
             "server/test_request_classes.py"),
    Mutation("the first route that fits decides", "server/request_classes.py",
             "in self._by_method.get(method, ()):", "in reversed(self._by_method.get(method, [])):",
             "server/test_request_classes.py -k decides"),
    Mutation("what is read is of one moment", "store/database.py",
             'isolation_level="REPEATABLE READ"', 'isolation_level="READ COMMITTED"',
             "store/documents/test_documents.py -k one_moment"),
    Mutation("a connection that was not used for long is tried first", "store/database.py",
             "                raise DisconnectionError from error\n", "                del error\n",
             "store/test_database.py -k unused"),
    Mutation("keys of users who are no administrators cannot do all", "store/accounts.py",
             'if admin or scope != "admin")', "if True)", f"{LOGIN} -k administrators"),
    Mutation("a login ends the session before it", "server/routes/workspace.py",
             "    services.accounts.end_session(session_of(request.headers))\n    token, csrf",
             "    token, csrf", f"{LOGIN} -k new_session"),
    Mutation("lines have an end", "server/middleware/concurrency.py",
             "if self.slots.locked() and self.waiting >= self.kind.queued:", "if False:",
             f"{LIMITS} -k queue_full"),
    Mutation("users have shares", "server/middleware/concurrency.py",
             "if user is not None and self.by_user[user] >= max(1, capacity // 2):", "if False:",
             f"{LIMITS} -k share"),
    Mutation("waiting has an end", "server/middleware/concurrency.py", "timeout = asyncio.timeout(kind.seconds)",
             "timeout = asyncio.timeout(None)", f"{LIMITS} -k not_begin --timeout 20"),
    Mutation("a worker ends itself", "server/isolation/worker.py", 'signal.alarm(request["seconds"])', "pass",
             f"{POOL} -k nobody_watches --timeout 60"),
    Mutation("a worker's memory is bounded", "server/isolation/worker.py",
             "resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))", "pass",
             f"{POOL} -k memory"),
    Mutation("archives are counted", "formats/readers/office.py", "if size > most:", "if False:", IMPORTING),
    Mutation("archives stay inside", "formats/readers/office.py",
             "if _OUTSIDE.search(entry.orig_filename):", "if False:", IMPORTING),
    Mutation("entities are refused", "formats/readers/office.py", "if _ENTITY.search(", "if False and (",
             IMPORTING),
    Mutation("redirects are looked at", "engine/models/safe_fetch.py",
             "if private and not at_hub and not allow_private:", "if False:", REACH),
    Mutation("wrapped addresses are unwrapped", "engine/models/safe_fetch.py", "ip = embedded or ip", "pass",
             REACH),
    Mutation("what was looked at is connected to", "engine/models/safe_fetch.py",
             "for attempt, address in enumerate([url.host] if proxied else addresses, 1):",
             "for attempt, address in enumerate([url.host], 1):", f"{REACH} -k asked_for_once"),
    Mutation("a public hub does not become a private one", "engine/models/safe_fetch.py",
             "hub_is_private = bool(private) if hop == 0 else hub_is_private",
             "hub_is_private = bool(private)", f"{REACH} -k come_back"),
    Mutation("redirects name no user", "engine/models/safe_fetch.py", "if target.userinfo:", "if False:", REACH),
    Mutation("text in tools stays text", "server/openai/routes.py",
             "name: value if name in _EXACT_TEXT else _harmless(value)", "name: value",
             f"{ATTACKS} -k control_tokens_stay"),
    Mutation("sampling has bounds", "server/openai/routes.py", "if not is_number or not least <= number <= most:", "if not is_number:",
             f"{ATTACKS} -k sampling"),
    Mutation("JSON has a depth", "server/schemas/base.py", "if depth > DEEPEST:", "if False:",
             f"{ATTACKS} -k json_has_a_depth"),
    Mutation("a dead worker's jobs are taken over", "jobs/liveness.py",
             "            self._take_over(dead)\n", "",
             "server/test_two.py::test_the_jobs_of_a_killed_one_go_on_in_the_other"),
    Mutation("one that was declared dead stops", "jobs/stages.py",
             "if not await asyncio.to_thread(self._is_ours, job):", "if False:",
             "server/test_two.py::test_one_that_stood_still_leaves_its_job_to_the_other"),
    Mutation("a late look declares nobody dead", "jobs/liveness.py",
             "self._changed.clear()", "pass", "jobs/test_liveness.py"),
    Mutation("a job waits while the store is away", "jobs/retry.py",
             "if type(error) is not StoreError:", "if True:",
             f"{QUEUE}::test_a_job_waits_while_the_database_is_away"),
    Mutation("DBOS waits for a database that refuses", "jobs/retry.py",
             "context.is_disconnect = True", "pass",
             f"{QUEUE}::test_dbos_is_told_of_a_lost_connection_when_none_can_be_made"),
    Mutation("no reader sets where others begin", "server/document_feed.py",
             "self._newest = min(after, version.last_event)", "self._newest = after",
             "server/test_document_feed.py::test_a_reader_that_claims_to_have_seen_the_future_disturbs_no_other "
             "--timeout 60"),
    Mutation("what is kept is given out while it is true", "server/response_cache.py",
             "cached is not None and cached[0] == version", "cached is not None",
             "server/test_response_cache.py"),
    Mutation("every event changes the document's date", "store/documents/documents.py",
             ".values(updated=now)\n", ".values(updated=documents.c.updated)\n",
             "server/test_response_cache.py::test_a_reader_sees_every_change_at_once"),
    Mutation("jobs wait for an engine", "jobs/stages.py",
             "await self._wait_for_engine(job)\n                await self._write(job, step)",
             "await self._write(job, step)", f"{ENGINE} -k jobs_wait"),
    Mutation("who waits is asked whether he is wanted", "jobs/stages.py",
             "                await self._check(job.id)\n            return",
             "                pass\n            return",
             f"{QUEUE} -k outline_is_made --timeout 60"),
    Mutation("an engine that cannot be used gives way to the one before", "studio/engine_manager.py",
             "await self.open(previous)", "pass", f"{ENGINE} -k leaves_the_engine"),
    Mutation("the engine used last is kept", "studio/engine_manager.py",
             "            self._remember_selection(selection)\n", "            pass\n", f"{ENGINE} -k used_last"),
    Mutation("what was mended is linted again", "writing/repair/on_request.py",
             "if before and _count(pen, answer.edits.apply(body), fault.code) < before:", "if True:",
             "writing/repair/test_on_request.py"),
    Mutation("faults stand in their fields", "writing/planning/estimate.py",
             "max(0, diagnostic.start - first), max(0, diagnostic.end - first)",
             "diagnostic.start, diagnostic.end",
             "writing/planning/test_estimate.py"),
    Mutation("a brief stays while it is written to", "store/documents/details.py",
             "raise DocumentBusyError", "pass", "server/routes/test_documents.py -k under_the_writer"),
    Mutation("an older database is copied first", "store/database.py",
             "        sqlite_file.copy(path, name, BUSY_SECONDS)\n", "        del name\n",
             "store/test_upgrade.py"),
    Mutation("what belongs together is one transaction", "store/database.py",
             "                connection.exec_driver_sql(begin)\n",
             "                del connection\n",
             "store/test_power_loss.py"),
    Mutation("a lock that is not given is an error", "store/database.py",
             "raise as_store_error(error, self._url) from error", "pass",
             "server/test_storage.py -k locked"),
    Mutation("a folder that cannot be written is said", "cli/serve.py",
             "except OSError as error:\n        raise StoreError", "except ImportError as error:\n        raise StoreError",
             "server/test_storage.py -k read_only"),
    Mutation("who has left is written nothing", "server/openai/routes.py",
             "asyncio.wait({working, disconnected}", "asyncio.wait({working}",
             "server/openai/test_routes.py -k client_has_left --timeout 60"),
    Mutation("a document whose client has left is cancelled", "server/openai/document_model.py",
             "if not job.over:", "if False:",
             "server/openai/test_routes.py -k client_leaves --timeout 60"),
    Mutation("a text resumed within a sentence knows its last whole one", "writing/section/guard.py",
             "self.good = _last_end(text)\n", "\n",
             f"{DOCUMENT}::test_no_word_is_cut_where_a_text_that_is_long_enough_stopped_within_a_sentence"),
    Mutation("only files that are known are served", "server/routes/studio_pages.py",
             "kind = _KINDS.get(name)", 'kind = _KINDS.get(name, "text/plain")',
             f"{ATTACKS}::test_no_hostile_id_finds_or_breaks_anything"),
]  # fmt: skip


def noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether the tests fail without the defence."""
    file = copy / "src" / "xiezuo" / mutation.file
    text = file.read_text("utf-8")
    if text.count(mutation.old) != 1:
        sys.exit(f"{mutation.defence}: {mutation.file} has {mutation.old!r} not once")
    file.write_text(text.replace(mutation.old, mutation.new), "utf-8")
    try:
        name, *options = mutation.tests.split()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-x", f"tests/{name}", *options),
                *("--timeout-method", "thread", "--basetemp", str(copy / "temp")),
            ],
            cwd=copy,
            env={
                **os.environ,
                "PYTHONPATH": str(copy / "src"),
                "XIEZUO_TEST_PATIENCE_SECONDS": "60",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        file.write_text(text, "utf-8")
        end_leftovers(copy)
    if done.returncode not in {0, 1}:
        sys.exit(done.stdout)
    return done.returncode == 1


def end_leftovers(copy: Path) -> None:
    """End what a mutated guardian left running; its command line names the copy."""
    for process in psutil.process_iter(["cmdline"]):
        if any(str(copy) in word for word in process.info["cmdline"] or []):
            process.kill()


def main() -> int:
    wanted = sys.argv[1:] or [""]
    missed = 0
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns(".venv", ".git", "*_cache", "node_modules")
        )
        for mutation in MUTATIONS:
            if any(one in mutation.defence for one in wanted):
                seen = noticed(mutation, copy)
                missed += not seen
                print("noticed" if seen else "MISSED ", mutation.defence, flush=True)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
