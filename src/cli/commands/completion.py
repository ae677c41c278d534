"""``butlery completion``: what a shell needs to complete the words of the command."""

import click

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_BUTLERY_COMPLETE"  # by which Click knows that a shell asks


@click.command(short_help="Print what lets a shell complete commands and names.")
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that lets SHELL complete commands, options and names.

    Names of collections and dataset types come from the server, within 2 seconds.

    \b
    For good:
        echo 'eval "$(butlery completion bash)"' >> ~/.bashrc
        echo 'eval "$(butlery completion zsh)"' >> ~/.zshrc
        butlery completion fish > ~/.config/fish/completions/butlery.fish
    """  # noqa: D301 - Click looks for the character itself
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"Click does not know {shell!r}.")
    click.echo(kind(ctx.find_root().command, {}, "butlery", _VARIABLE).source())
