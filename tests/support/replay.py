"""A reader who knows the events only: what he sees must be what is stored."""

from collections.abc import Iterable

from xiezuo.store.records import StoredEvent


def replay(events: Iterable[StoredEvent]) -> dict[int, str]:
    """The texts of the sections after all events, whose ids must follow each other."""
    texts: dict[int, str] = {}
    last = 0
    for event in events:
        assert event.id == last + 1
        last = event.id
        data = event.data
        match data["event"]:
            case "text_added":
                texts[data["index"]] = texts.get(data["index"], "") + data["text"]
            case "text_cut":
                texts[data["index"]] = texts[data["index"]][: data["length"]]
            case "text_replaced" | "section_edited":
                texts[data["index"]] = data["text"]
            case "section_reset":
                texts[data["index"]] = ""
            case _:
                pass
    return texts
