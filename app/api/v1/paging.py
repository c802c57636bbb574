"""Lists by cursor. A cursor is a place in the practice's change sequence; it stays good for ever and means
the same in every list. `next` leads to the next page, `resume` to what changes later."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Select

from app.api.v1.exchange import read_query
from app.models.viewer import Viewer
from app.queries.changes import changed_after

DEFAULT_LIMIT, LARGEST_LIMIT = 100, 500
Listed = TypeVar("Listed")
Cursor = Annotated[str, Field(pattern=r"^[0-9]{0,18}$", examples=["1042"])]


class PageQuery(BaseModel):
    """Where to begin, and how many."""

    model_config = ConfigDict(extra="forbid")

    after: Cursor | None = Field(None, description="A cursor this API gave; without it, the start.")
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT, description="Most items of a page.")


class Page(BaseModel):
    """The part every list answers with beside its `items`."""

    next: str | None = Field(description="Cursor of the next page; null at the end.")
    resume: str = Field(description="Cursor to poll from later.")


def read_page(
    viewer: Viewer, visible: Select[Any], table: type[Listed], kind: str
) -> tuple[list[Listed], str | None, str]:
    """The rows of the page that was asked for, with `next` and `resume`."""
    query = read_query(PageQuery)
    rows, last, more = changed_after(
        visible, table, kind, practice_id=viewer.practice_id, after=int(query.after or 0), limit=query.limit
    )  # fmt: skip
    return rows, str(last) if more else None, str(last)
