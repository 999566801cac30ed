"""Books that many tests begin with: made once in a run, by whoever needs them first, stopped, and copied for each."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from importers.demo import build_demo
from ledger import embedded, install
from ledger.db import Source
from ledger.premises import new_folder, recorded_folder

KEPT = pytest.StashKey[Path]()
"""Where the processes of a run keep what they make once for all of them."""


def installed(config: pytest.Config, data: Path) -> Source:
    """Start a server in a folder, of the kind that this run is asked for, with everything installed."""
    start = embedded.start_tcp if config.getoption("--server") == "tcp" else embedded.start

    def make(folder: Path) -> None:
        install.install(Source.at(start(folder).owner_dsn(), folder / "secrets"), folder / "secrets")

    _copy(config, "installed", make, data)
    return Source.at(start(data).owner_dsn(), data / "secrets")


def demo(config: pytest.Config, data: Path) -> list[int]:
    """Put the demo city into a folder, its server stopped; give what its building told of its progress."""

    def make(folder: Path) -> None:
        heard: list[int] = []
        source = installed(config, folder)
        build_demo(source, heard.append)
        source.close()
        (folder / "heard").write_text(json.dumps(heard))

    _copy(config, "demo", make, data)
    told: list[int] = json.loads((data / "heard").read_text())
    return told


def _copy(config: pytest.Config, name: str, make: Callable[[Path], None], data: Path) -> None:
    kept = config.stash[KEPT]
    made = kept / name
    with (kept / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process may be making them: wait until they are whole
        if not (made / "whole").exists():
            made.mkdir()
            make(made)
            embedded.stop(made)
            (made / "whole").touch()
    data.mkdir(mode=0o700, exist_ok=True)
    for path in made.iterdir():
        if path.name not in {"server.json", "postgres", "whole"}:
            subprocess.run(["cp", "-a", path, data], check=True)
    server = recorded_folder(made)
    subprocess.run(["cp", "-a", server / "cluster", server / "password", new_folder(data)], check=True)


def discard(kept: Path) -> None:
    """Delete all that was made, servers' folders too."""
    for folder in kept.iterdir():
        if folder.is_dir():
            embedded.discard(folder)
    shutil.rmtree(kept)
