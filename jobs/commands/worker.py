"""`opcmatch worker`: the jobs' process."""

import logging
import signal
import sys
import threading

import click

from jobs import utc_now
from jobs.commands.context import json_option, opened, say
from matching.domain.errors import InputError, problem
from matching.services.schedule import take_over
from matching.store.ownership import worker_lock


@click.command(help="运行定时任务（一个数据库只有一个）。Run the scheduled jobs; one process a database.")
@click.option("--once", is_flag=True, help="只做到期的，然后退出。Run what is due and leave.")
@json_option
def command(once: bool, as_json: bool) -> None:
    """Leaves on SIGTERM or SIGINT after the run in hand; a second worker is refused."""
    from jobs import clock

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with opened() as context, worker_lock(context.database, context.settings.instance) as held:
        if not held:
            raise InputError(problem("worker_runs"))
        take_over(context.session)
        if once:
            closed = clock.plan_and_run(context.session, utc_now())
            runs = [{"kind": run.kind, "slot": run.slot} for run in closed]
            say(as_json, {"runs": runs}, f"执行了 {len(runs)} 个到期任务。")
            return
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        click.echo("定时任务已启动。", err=True)
        if not clock.tick_until(stop, context.database):
            sys.exit(1)
