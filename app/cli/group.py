"""A command group that ends our own errors in one line a person can act on, instead of a traceback."""

from typing import Any

import click
from flask.cli import AppGroup

from app.cli.plain_errors import plainly


class Commands(AppGroup):
    """`flask NOUN VERB` commands of one noun."""

    def invoke(self, ctx: click.Context) -> Any:
        with plainly():
            return super().invoke(ctx)
