"""The real command, to its exit code, over one data directory for the whole session."""

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest

from ledger import embedded
from web.cli import main

SAMPLES = Path(__file__).parent / "samples"
ROOT = Path(__file__).parents[3]


class Gongku:
    """Runs ``gongku`` as a stranger would, with the books of a folder."""

    def __init__(self, folder):
        self.folder = folder

    def command(self, *words):
        return [sys.executable, "-P", "-m", "web.cli", *map(str, words)]

    def surroundings(self, language="en", **more):
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GONGKU_", "LC_", "LANG"))}
        spoken = {"en": "en_GB.UTF-8", "zh": "zh_CN.UTF-8"}[language]
        return kept | {
            "LANG": spoken,
            "PYTHONUTF8": "1",
            "GONGKU_DATA": str(self.folder),
            "PYTHONPATH": str(ROOT),
            **more,
        }

    def __call__(self, *words, language="en", text=True, **more):
        """Run the command to its exit in this process, which saves a second of imports a time."""
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with (
            patch.dict(os.environ, self.surroundings(language, **more), clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(list(map(str, words)))
        said = [stream.flush() or stream.buffer.getvalue() for stream in (out, err)]
        told = [each.decode() for each in said] if text else said
        return subprocess.CompletedProcess(words, ended.value.code, *told)

    def apart(self, *words, language="en", cwd=None, **more):
        """Run the command in a process of its own."""
        return subprocess.run(
            self.command(*words),
            env=self.surroundings(language, **more),
            cwd=cwd,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="session")
def nowhere(tmp_path_factory):
    """The command where there are no books."""
    return Gongku(tmp_path_factory.mktemp("nowhere"))


@pytest.fixture(scope="session")
def gongku(tmp_path_factory):
    """The command over a small city, with one receipt in March and one in April."""
    folder = tmp_path_factory.mktemp("cli")
    run = Gongku(folder)
    try:
        made = run.apart("init", SAMPLES / "plan.toml")
        assert made.returncode == 0, made.stderr
        posted = run.apart("post", SAMPLES / "events.jsonl")
        assert posted.returncode == 0, posted.stderr
        yield run
    finally:
        embedded.discard(folder)
