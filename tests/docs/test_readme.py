"""The papers say the same in both languages, and what they name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAPERS = sorted([ROOT / "README.md", ROOT / "README.zh-CN.md", *(ROOT / "docs").glob("*.md")])


def commands(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_both_languages_give_the_same_commands():
    assert commands("README.md") == commands("README.zh-CN.md")


def test_there_are_exactly_two_commands_to_set_up():
    run, proof = commands("README.md")
    assert run.strip().endswith("gongku demo")
    assert proof.strip().endswith("pytest -n auto")
    assert "\n" not in run.strip() + proof.strip()


def test_both_languages_have_the_same_sections_and_tables():
    def shape(name):
        text = (ROOT / name).read_text(encoding="utf-8")
        return [line.split(" ")[0] for line in text.splitlines() if line.startswith(("#", "|", "- **"))]

    assert [mark[:3] for mark in shape("README.md")] == [mark[:3] for mark in shape("README.zh-CN.md")]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_link_of_a_paper_leads_somewhere(paper):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", paper.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (paper.parent / link).exists()]
    assert missing == []


def test_every_option_and_command_that_a_paper_names_exists():
    from web.cli import main

    named = {
        match
        for paper in PAPERS
        for match in re.findall(r"gongku ([a-z]+(?: [a-z][a-z-]*)?)", paper.read_text(encoding="utf-8"))
    }
    known = set(main.commands)
    subcommands = {
        f"{name} {inner}" for name, group in main.commands.items() for inner in getattr(group, "commands", {})
    }
    for words in named:
        first = words.split()[0]
        if first in known and hasattr(main.commands[first], "commands") and " " in words:
            assert words in subcommands, words
