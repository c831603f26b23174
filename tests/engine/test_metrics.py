"""Speeds and totals of completions."""

from xiezuo.engine.metrics import CompletionTimer, EngineTotals
from xiezuo.engine.protocol import Delta, Done, Timings


def test_the_clock_of_the_client_counts_if_the_engine_reports_no_time():
    totals = EngineTotals()
    timer = CompletionTimer(totals)
    for _ in range(20):
        timer.note(Delta("x"))
    timer.note(Done("stop", None, Timings(predicted_n=20)))
    timer.stop()
    assert totals.writing.seconds > 0
