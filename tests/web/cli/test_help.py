"""Every command explains itself, in Chinese and English, with an example that can be typed."""

import shlex

import click
import pytest

from web.cli import main
from web.cli.words import language


def every_command(command=main, path=("gongku",)):
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from every_command(inner, (*path, name))


COMMANDS = dict(every_command())


def run(words, capsys):
    """Run the command in this process, to its exit."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


@pytest.fixture(params=["zh_CN.UTF-8", "en_GB.UTF-8"])
def spoken(request, monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", request.param)
    return request.param[:2]


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_has_an_example_of_this_command(path, spoken, capsys):
    code, out, _ = run([*path[1:], "--help"], capsys)
    assert code == 0
    assert {"zh": "用法：", "en": "Usage: "}[spoken] + " ".join(path) in out
    examples = out.split({"zh": "示例：", "en": "Examples:"}[spoken])[1]
    assert " ".join(path) in examples


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("spoken")
def test_every_example_is_a_command_that_takes_these_options(path, capsys):
    _, out, _ = run([*path[1:], "--help"], capsys)
    lines = [line.strip() for line in out.splitlines() if line.startswith("    ") and "gongku" in line]
    assert lines
    for line in lines:
        words = shlex.split(line.removeprefix('psql "$(').removesuffix(')"').split("   ")[0].split(" | ")[0])
        command, at = main, 1
        while at < len(words) and words[at] in getattr(command, "commands", {}):
            command, at = command.commands[words[at]], at + 1
        if command.context_settings.get("ignore_unknown_options"):
            continue  # it hands them on to another program, whose own tests try them
        options = {name for parameter in command.params for name in parameter.opts}
        assert {word for word in words[at:] if word.startswith("--")} <= options, line


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.usefixtures("spoken")
def test_every_option_says_what_it_does(path, capsys):
    _, out, _ = run([*path[1:], "--help"], capsys)
    assert "opt." not in out
    assert "help." not in out
    for parameter in COMMANDS[path].params:
        if isinstance(parameter, click.Option):
            assert parameter.opts[0] in out


@pytest.mark.parametrize(
    ("locale", "spoken_in"),
    [("zh_CN.UTF-8", "zh"), ("zh_TW", "zh"), ("en_US.UTF-8", "en"), ("C", "en"), ("fr_FR", "en")],
)
def test_the_language_is_that_of_the_locale(locale, spoken_in, monkeypatch):
    monkeypatch.setenv("LC_ALL", locale)
    assert language() == spoken_in


WRONG = {
    "an unknown command": (["pay"], "没有命令 pay", "no command pay"),
    "an unknown option": (["verify", "--fast"], "没有选项 --fast", "no option --fast"),
    "a word too many": (["verify", "now"], "多余的参数：now", "too many words on the line: now"),
    "a missing option": (["export", "beancount"], "缺少 out", "out is missing"),
    "an option without its value": (["serve", "--port"], "选项 --port", "option --port"),
    "a flag with a value": (["verify", "--json=1"], "选项 --json", "option --json"),
    "no day": (
        ["report", "trial-balance", "--set", "B", "--on", "2024-3-5"],
        "2024-3-5 不是日期",
        "2024-3-5 is no day",
    ),
    "a day that never was": (
        ["report", "trial-balance", "--set", "B", "--on", "2024-02-30"],
        "2024-02-30 不是日期",
        "2024-02-30 is no day",
    ),
    "no known": (["report", "vouchers", "--set", "B", "--known", "-1"], "-1 不是日期", "-1 is no day"),
    "no format": (
        ["report", "trial-balance", "--set", "B", "--format", "pdf"],
        "pdf 不在 csv, json, xlsx 之中",
        "pdf is not one of csv, json, xlsx",
    ),
    "no port": (["serve", "--port", "65536"], "65536 不是 0 至 65535", "65536 is no whole number from 0 to 65535"),
    "no file": (["post", "absent.jsonl"], "没有文件 absent.jsonl", "no file absent.jsonl"),
    "a folder for a file": (["post", "."], ". 是文件夹", ". is a folder"),
    "a file for the data directory": (["verify", "--data", __file__], "是文件，不是文件夹", "is a file, not a folder"),
    "no folder to write into": (
        ["export", "beancount", "--out", "absent/books.beancount"],
        "没有文件夹",
        "there is no folder",
    ),
    "a folder to be written": (["export", "beancount", "--out", "."], ". 是文件夹", ". is a folder"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_ends_with_2_and_says_why(case, spoken, capsys):
    words, zh, en = WRONG[case]
    code, out, err = run(words, capsys)
    assert (code, out) == (2, "")
    assert {"zh": zh, "en": en}[spoken] in err
    assert "Traceback" not in err


def test_nothing_but_the_name_shows_the_help(spoken, capsys):
    code, _, err = run([], capsys)
    assert code == 2
    assert {"zh": "命令", "en": "Commands"}[spoken] in err
