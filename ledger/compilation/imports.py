"""The register of imports (导入登记): which file brought in what, and its undoing as a whole.

Nothing is rewritten: what an undone import brought in is withdrawn, and what stood before it is the newest again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection

from ledger.db import Transaction
from ledger.waiting import WHOLE, day


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What is registered of an import: the file as it was named, its mapping, how its rows fared, what it brought in.

    ``packages`` are pairs of package and version, ``basic`` agency, driver and year, ``income`` year, agency and
    version; all of them were saved by the same person in the same transaction.
    """

    kind: str
    file_name: str
    size: int
    sha256: str
    mapping: str
    mapping_no: int
    mapping_sha256: str
    new_rows: int
    changed_rows: int
    same_rows: int
    agency: str | None = None
    fiscal_year: int | None = None
    packages: Sequence[tuple[str, int]] = ()
    basic: Sequence[tuple[str, str, int]] = ()
    income: Sequence[tuple[int, str, int]] = ()


@dataclass(frozen=True, slots=True)
class Registered:
    """An import in the register; the last three are None while it stands, ``obstacles`` counts what went on of it."""

    import_no: int
    kind: str
    agency: str | None
    fiscal_year: int | None
    file_name: str
    size: int
    sha256: str
    mapping: str
    mapping_no: int
    new_rows: int
    changed_rows: int
    same_rows: int
    taken_by: str
    taker: str
    taken_at: datetime
    obstacles: int
    undone_by: str | None
    undone_at: datetime | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What stands in the way of undoing: ``what`` (package, basic, income), of which subject, and how it went on."""

    what: str
    subject: str
    step: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A file of earlier years that a book-keeper put forward; ``posted`` once it is in the register."""

    sha256: str
    mapping_sha256: str
    prepared_by: str
    preparer: str
    file_name: str
    mapping: str
    mapping_no: int
    prepared_at: datetime
    posted: bool


@dataclass(frozen=True, slots=True)
class EarlierSet:
    """An account set to be opened for a year before the first, like the later one that it ``follows``."""

    code: str
    follows: str
    fiscal_year: int


def propose_import(tx: Transaction, *, file_name: str, sha256: str, mapping: str, mapping_no: int, digest: str) -> None:
    """Put a file of earlier years forward, for another person to post. Duty BOOK.

    Raises:
        ImportProposed: you did so before. InvalidText: the name of the file.
    """
    told = {"file_name": file_name, "sha256": sha256, "mapping": mapping, "mapping_no": mapping_no}
    text = json.dumps({**told, "mapping_sha256": digest}, ensure_ascii=False)
    tx.connection.exec_driver_sql("select ledger.propose_import(%s::jsonb)", (text,))


def proposals(connection: Connection, treasury_id: int) -> list[Proposal]:
    """List the files of earlier years that were put forward, the newest first."""
    return [Proposal(*row) for row in connection.exec_driver_sql(_PROPOSALS, (treasury_id,))]


def open_earlier_sets(tx: Transaction, sets: Sequence[EarlierSet]) -> int:
    """Open account sets of years before the first; give how many. Duty CLOS, for every agency of them.

    Raises:
        EarlierSetOutOfPlace: it is open already, follows none that is later, or its chart was not in force.
        ForeignAgency
    """
    text = json.dumps([asdict(each) for each in sets])
    made: int = tx.connection.exec_driver_sql("select ledger.open_earlier_sets(%s::jsonb)", (text,)).scalar_one()
    return made


def register_import(tx: Transaction, batch: Batch) -> int:
    """Enter an import into the register, in the transaction that brought it in; give its number. Duty COMP or CLOS.

    Raises:
        ImportNotBroughtIn: something of it was not saved here and now. InvalidText: the name of the file.
    """
    told = asdict(batch)
    told["packages"] = [{"package": code, "version": n} for code, n in batch.packages]
    told["basic"] = [{"agency": a, "driver": d, "fiscal_year": y} for a, d, y in batch.basic]
    told["income"] = [{"fiscal_year": y, "agency": a, "version": n} for y, a, n in batch.income]
    text = json.dumps(told, ensure_ascii=False)
    made: int = tx.connection.exec_driver_sql("select ledger.register_import(%s::jsonb)", (text,)).scalar_one()
    return made


def undo_import(tx: Transaction, import_no: int, why: str) -> None:
    """Undo an import as a whole. Duty COMP, for every agency of it.

    Raises:
        ImportWentOn: something of it was submitted, reviewed, ranked, approved or saved anew; see ``obstacles``.
        ImportUndone, ImportPosted, UnknownImport, ImportUnreasoned, BudgetResolved, ForeignAgency
    """
    tx.connection.exec_driver_sql("select ledger.undo_import(%s, %s)", (import_no, why))


def imports(connection: Connection, treasury_id: int) -> list[Registered]:
    """List the imports that one may see, the newest first."""
    return [Registered(*row) for row in connection.exec_driver_sql(_IMPORTS, (treasury_id,))]


def obstacles(connection: Connection, treasury_id: int, import_no: int) -> list[Obstacle]:
    """List what stands in the way of undoing an import."""
    rows = connection.exec_driver_sql(
        "select what, subject, step from ledger.import_obstacle"
        " where treasury_id = %s and import_no = %s order by 1, 2, 3",
        (treasury_id, import_no),
    )
    return [Obstacle(*row) for row in rows]


_IMPORTS = """
select b.import_no, b.kind, b.agency, b.fiscal_year, b.file_name, b.size, encode(b.sha256, 'hex'), b.mapping,
       b.mapping_no, b.new_rows, b.changed_rows, b.same_rows, b.taken_by, p.name, b.taken_at,
       (select count(*) from ledger.import_obstacle o
         where (o.treasury_id, o.import_no) = (b.treasury_id, b.import_no)),
       u.undone_by, u.undone_at, u.why
  from ledger.import_batch b
  join ledger.person p on (p.treasury_id, p.person) = (b.treasury_id, b.taken_by)
  left join ledger.import_undo u on (u.treasury_id, u.import_no) = (b.treasury_id, b.import_no)
 where b.treasury_id = %s
 order by b.import_no desc"""

_PROPOSALS = """
select encode(o.sha256, 'hex'), encode(o.mapping_sha256, 'hex'), o.prepared_by, p.name, o.file_name, o.mapping,
       o.mapping_no, o.prepared_at,
       exists (select from ledger.import_batch b where (b.treasury_id, b.kind, b.sha256, b.mapping_sha256)
                 = (o.treasury_id, 'history', o.sha256, o.mapping_sha256))
  from ledger.import_proposal o
  join ledger.person p on (p.treasury_id, p.person) = (o.treasury_id, o.prepared_by)
 where o.treasury_id = %s
 order by o.prepared_at desc, o.file_name"""

HISTORIES = f"""
select min(o.file_name), min(o.file_name), min(o.file_name), null::integer, 1, {day("min(o.prepared_at)")}, null::date
  from ledger.import_proposal o
 where o.treasury_id = %(t)s and {WHOLE}
   and not exists (select from ledger.import_batch b where (b.treasury_id, b.kind, b.sha256, b.mapping_sha256)
                     = (o.treasury_id, 'history', o.sha256, o.mapping_sha256))
 group by o.sha256, o.mapping_sha256 having (array_agg(o.prepared_by order by o.prepared_at))[1] <> %(p)s"""  # noqa: S608
"""Files of earlier years that wait to be posted; whoever put one forward first has prepared it."""
