"""The documents and personal data of one database, by aggregate."""

from xiezuo.store.database import Database
from xiezuo.store.documents.rounds import Rounds
from xiezuo.store.documents.search import SectionSearch
from xiezuo.store.documents.snapshots import Snapshots
from xiezuo.store.documents.summaries import Summaries
from xiezuo.store.documents.trash import Trash
from xiezuo.store.templates import Templates
from xiezuo.store.user_settings import UserSettings


class Library:
    """Composes the aggregates; each can also be used alone."""

    def __init__(self, database: Database) -> None:
        self.summaries = Summaries(database)
        self.search = SectionSearch(database)
        self.trash = Trash(database)
        self.snapshots = Snapshots(database)
        self.rounds = Rounds(database)
        self.templates = Templates(database)
        self.settings = UserSettings(database)
