"""Why a target is not reached, as far as it is known: told under the verdicts of a run that misses it."""

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "T1": "COPY finds numbers, identifiers, salts, canonical bytes and hashes ready made; posting makes them, asks for "
    "rights, templates, accounts and periods, and joins its staged lines to all of that.",
    "T2": "a voucher here carries more: 3.2 lines with twelve dimensions, limits, balances by day, rights and a leaf "
    "of the log. Singly, the wall is that of T4 and T5.",
    "T3": "the server alone spends most of its time on one statement that writes seven tables and their indexes and "
    "checks them by set; the processor time above is the bound of one core, and no batch size changes it. The target "
    "was set on a schema of two narrow tables without rights, limits and leaves.",
    "T4": "one posting is one call, but not a small one: it stages, asks who may post what, numbers, writes seven "
    "tables and checks by set, each started anew for a single row. That takes some 2 ms of the server's processor, by "
    "its own count half in the posting function, two fifths in the checks, a tenth in proving who asks; the flush "
    "that the yardstick mostly consists of is a small part of it.",
    "T5": "every voucher of a set's month takes the next number from one row, and holds it until its commit so that "
    "numbers have no gaps: what T4 costs is paid one after the other, and eight processes share two cores. The way "
    "out is the one of batches: collect what waits and post it in one call.",
    "T8": "all postings of the set are read: the bare sum of them, beside it, is the floor.",
    "T11": "each voucher is written with its metadata and every dimension, which beancount reads without looking at.",
    "T12": "the salted commitments take two hashes for every counterparty and narration, and three tables are written.",
    "pages": "one process renders all pages under Python's one lock, on cores that the reader of the benchmark and the "
    "database share: at the processor time of a page above, 100 a second leave little room, and none on a machine that "
    "others use. More processes behind a balancer, or a cache before them, multiply the rate.",
}
