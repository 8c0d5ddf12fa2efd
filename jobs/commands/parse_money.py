"""`opcmatch parse-money TEXT`: what a text says about an amount of money, as one line of JSON."""

import dataclasses
import json

import click

from matching.intake.money import parse_money


@click.command("parse-money", context_settings={"ignore_unknown_options": True})
@click.argument("text", type=click.UNPROCESSED)
def command(text: str) -> None:
    """读出一段文字里的金额（元）。Read the amount of money in TEXT, in yuan.

    Prints {"min_yuan", "max_yuan", "negotiable"}; exit code 2 when there is no amount.
    """
    click.echo(json.dumps(dataclasses.asdict(parse_money(text))))
