"""Help is there for every command, and mistakes are answered in one line."""

import click
import pytest
from click.testing import CliRunner

from butlery import __version__
from butlery.cli import main


def commands() -> list[str]:
    with click.Context(main) as context:
        return main.list_commands(context)


def test_help_lists_every_command() -> None:
    for option in ("--help", "-h"):
        outcome = CliRunner().invoke(main, [option])
        assert outcome.exit_code == 0
        for name in commands():
            assert f"\n  {name} " in outcome.output


@pytest.mark.parametrize("name", commands())
def test_every_command_and_every_option_explains_itself(name: str) -> None:
    outcome = CliRunner().invoke(main, [name, "--help"])
    assert outcome.exit_code == 0
    with click.Context(main) as context:
        command = main.get_command(context, name)
    assert command is not None
    assert command.help
    assert command.help.splitlines()[0] in outcome.output
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.opts[0] in outcome.output


def test_help_of_serve_says_who_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = CliRunner().invoke(main, ["serve", "--help"]).output
    for sentence in ("nobody is asked who they are", "[access]", "[default: 8080]"):
        assert sentence in text


def test_examples_keep_their_lines() -> None:
    text = CliRunner().invoke(main, ["--help"]).output
    assert "\\b" not in text
    for name in ("demo", "serve"):
        assert f"\n      butlery {name} demo-repo  " in text


def test_version() -> None:
    assert CliRunner().invoke(main, ["--version"]).output == (
        f"butlery, version {__version__}\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["serve", "repo", "--port", "0"],
        ["serve", "repo", "--port", "70000"],
        ["serve", "repo", "--port", "many"],
        ["serve", "repo", "--workers", "0"],
        ["serve", "repo", "--poll-seconds", "-1"],
        ["serve", "repo", "--outside-root", "/nowhere/at/all"],
        ["serve", "repo", "--colour"],
        ["nothing"],
    ],
)
def test_misuse_is_explained(arguments: list[str]) -> None:
    outcome = CliRunner().invoke(main, arguments)
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith("Usage: ")
    assert "\nError: " in outcome.stderr
