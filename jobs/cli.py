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

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "在演示数据上走完全程，再启动网站。All of it on demonstration data."),
    "init": ("init", "建立或升级数据库。Create or upgrade the database."),
    "seed": ("seed", "建立管理员账号，导入演示表。Add an administrator, the demo records."),
    "import": ("importing", "导入需求或画像。Import demands or profiles."),
    "export": ("exporting", "导出已发布的记录。Export what is published."),
    "template": ("template", "生成空白导入模板。Write an empty workbook."),
    "review": ("review", "审核待审记录。Approve or return what was handed in."),
    "refresh": ("refresh", "重新计算匹配。Compute the matches again."),
    "match-policy": ("match_policy", "匹配策略：show、rehearse、apply、revert、history。The match policy."),
    "digest": ("digest", "对接简报：run、preview。Match digests."),
    "batch": ("batch", "编号清单：publish。Numbered lists."),
    "roadshow": ("roadshow", "路演阵容：plan、publish、replan、move、compare、ledger。Roadshow line-ups."),
    "roadshow-export": ("roadshow_export", "议程文件：流程单、签到表、桌牌、日历。Files of a programme."),
    "worker": ("worker", "运行定时任务。Run the scheduled jobs."),
    "serve": ("serve", "启动网站。Serve the site."),
    "user": ("user", "账号：add、list、bind、password。Accounts."),
    "match": ("match", "文件到文件的匹配，不用数据库。Match file to file."),
    "assign": ("assign", "文件到文件的统筹分配，不用数据库。Assign both sides file to file."),
    "learn": ("learn", "从反馈中学习，文件到文件，不用数据库。Learn from responses file to file."),
    "gaps": ("gaps", "文件到文件的供需缺口，不用数据库。The gap board file to file."),
    "whatif": ("whatif", "如果改变某个条件会怎样，文件到文件。What a changed term would open."),
    "duplicates": ("duplicates", "文件里近似重复的记录，不用数据库。Near-duplicates in a file."),
    "lineup": ("lineup", "文件到文件的阵容求解，不用数据库。Solve a line-up file to file."),
    "parse-money": ("parse_money", "解读金额文字。Read an amount as people write it."),
}
"""Command name → its file in `jobs/commands/` and its line in the help, in the order of the help."""


class LazyGroup(click.Group):
    """A group that imports a command's file when the command is used, and not to list it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"jobs.commands.{COMMANDS[cmd_name][0]}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of the help, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


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
        cli.main(prog_name="opcmatch", standalone_mode=False)
    except OpcmatchError as error:
        click.echo(("错误：" if language.startswith("zh") else "error: ") + error_line(error, language), err=True)
        sys.exit(2)
    except click.exceptions.NoArgsIsHelpError as error:  # nothing was asked for: the help is the answer
        click.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        click.echo("opcmatch: " + " ".join(error.format_message().split()), err=True)
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("opcmatch: interrupted", err=True)
        sys.exit(130)
    except Exception as error:  # a mistake of ours: one line for the person, the trace for whoever mends it
        click.echo(_unexpected(error, language), err=True)
        sys.exit(70)
