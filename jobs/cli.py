"""`opcmatch`: the commands. The top ring of the house; the one file that imports `webapp` and `jobs` both.

Each command is a file in `jobs/commands/` with one click object named `command`; it is imported only when it
is asked for, so that `opcmatch parse-money` does not pay for scikit-learn.
"""

import importlib
import sys
import tempfile
import traceback

import click

from matching.domain.errors import OpcmatchError

COMMANDS: dict[str, str] = {
    "demo": "demo",
    "init": "init",
    "seed": "seed",
    "import": "importing",
    "export": "exporting",
    "template": "template",
    "review": "review",
    "refresh": "refresh",
    "digest": "digest",
    "batch": "batch",
    "roadshow": "roadshow",
    "worker": "worker",
    "serve": "serve",
    "user": "user",
    "match": "match",
    "lineup": "lineup",
    "parse-money": "parse_money",
}
"""Command name → file in `jobs/commands/`, in the order in which the help shows them."""


class LazyGroup(click.Group):
    """A group that imports a command's file when the command is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"jobs.commands.{COMMANDS[cmd_name]}").command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="opc-matchmaking")
def cli() -> None:
    """成都 AI 一人公司（OPC）与开放场景的匹配平台。Matches AI one-person companies with open scenarios."""


def _unexpected(error: Exception, language: str) -> str:
    descriptor, path = tempfile.mkstemp(prefix="opcmatch-error-", suffix=".log")
    with open(descriptor, "w", encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    said = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    if language.startswith("zh"):
        return f"错误：程序内部出错（{said}）；详细信息已写入 {path}，请附上它反馈"
    return f"error: something went wrong inside ({said}); the details are in {path}, please report it"


def main() -> None:
    """Entry point: an error is one line on standard error, and a code that is not 0."""
    from matching.publishing.wording import error_line
    from matching.settings import language_of_errors

    language = language_of_errors()
    try:
        cli.main(standalone_mode=False)
    except OpcmatchError as error:
        click.echo(("错误：" if language.startswith("zh") else "error: ") + error_line(error, language), err=True)
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"opcmatch: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except Exception as error:  # a mistake of ours: one line for the person, the trace for whoever mends it
        click.echo(_unexpected(error, language), err=True)
        sys.exit(70)
    except (click.Abort, KeyboardInterrupt):
        click.echo("opcmatch: interrupted", err=True)
        sys.exit(130)
