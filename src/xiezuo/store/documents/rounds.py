"""Rounds: instructions that a user gave for a document, and the proposals they led to."""

import time
import uuid
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import insert, select, update

from xiezuo.errors import UnknownDocumentError
from xiezuo.store.database import Database
from xiezuo.store.schema import rounds

RoundState = Literal["proposed", "taken", "left"]


@dataclass(frozen=True, slots=True)
class StoredRound:
    """An instruction, the section it is about, and whether its proposal was taken."""

    id: str
    instruction: str
    position: int
    proposal: str
    state: RoundState
    created: float


class Rounds:
    """The rounds of all documents of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, document_id: str, instruction: str, position: int, proposal: str) -> str:
        """Store a proposal; returns the id of its round."""
        round_id = uuid.uuid4().hex
        row = {
            "id": round_id,
            "document_id": document_id,
            "instruction": instruction,
            "position": position,
            "proposal": proposal,
            "state": "proposed",
            "created": time.time(),
        }
        with self._database.begin() as connection:
            connection.execute(insert(rounds).values(row))
        return round_id

    def settle(self, document_id: str, round_id: str, state: RoundState) -> None:
        """Store whether the user took the proposal.

        Raises:
            UnknownDocumentError: the document has no such round.
        """
        change = (
            update(rounds)
            .where(rounds.c.id == round_id, rounds.c.document_id == document_id)
            .values(state=state)
        )
        with self._database.begin() as connection:
            if connection.execute(change).rowcount == 0:
                raise UnknownDocumentError(id=f"{document_id}/{round_id}")

    def of_document(self, document_id: str) -> list[StoredRound]:
        """The rounds of a document, oldest first."""
        columns = [rounds.c[name] for name in StoredRound.__slots__]
        query = select(*columns).where(rounds.c.document_id == document_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(rounds.c.created)).all()
        return [StoredRound(*row) for row in rows]
