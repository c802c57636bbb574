"""The Parquet file, typed, for data tools: exact values in row groups of a fixed size, so that the same
rows are the same bytes. pyarrow is loaded only when somebody asks for this."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

#: Rows read and written together; memory follows it, not the number of rows.
GROUP = 8_192
#: Rows turned from text into columns together: for a moment these take several times their room.
PIECE = 2_048
_TIMES = ("started_at", "ended_at", "recorded_at")
_NUMBERS = ("seconds", "attempt_number", "segments", "seal_seq", "composition")
_ONCE = ("touchpoint_id", "source_id", "started_at", "ended_at", "recorded_at", "summary_commitment",
         "seal_seq", "previous_hash", "row_hash")  # fmt: skip
_FLAGS = ("is_synchronous", "is_interactive", "is_hospice", "is_standing")


def write(header: tuple[str, ...], lines: Iterable[bytes], path: Path) -> None:
    """Write lines of exact cells as Parquet; nothing in a cell is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pa.set_cpu_count(1)  # each of its threads would hold memory of its own
    schema = pa.schema([(name, _type(pa, name)) for name in header])
    options: dict[str, Any] = {"compression": "zstd", "write_page_index": False,
                               "use_dictionary": _repeated(header)}  # fmt: skip
    with (
        pq.ParquetWriter(path, schema, **options) as writer,
        ThreadPoolExecutor(max_workers=1) as beside,
    ):
        packed: Future[None] | None = None
        for group in _groups(lines):  # the next is read while this one is packed, and no more
            if packed is not None:
                packed.result()
            packed = beside.submit(_pack, pa, schema, writer, group)
        if packed is not None:
            packed.result()


def _pack(pa: Any, schema: Any, writer: Any, group: list[bytes]) -> None:
    whole = pa.concat_tables([_table(pa, schema, piece) for piece in group])
    writer.write_table(whole, row_group_size=GROUP)


def _repeated(header: tuple[str, ...]) -> list[str]:
    """Columns whose values come again, so that a dictionary of them is worth its making."""
    return [name for name in header if name not in _ONCE]


def _groups(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """The pieces of each row group."""
    stream = iter(lines)
    pieces = iter(lambda: b"".join(islice(stream, PIECE)), b"")
    while group := list(islice(pieces, GROUP // PIECE)):
        yield group


def _table(pa: Any, schema: Any, piece: bytes) -> Any:
    from pyarrow import csv

    return csv.read_csv(
        pa.BufferReader(piece),
        read_options=csv.ReadOptions(column_names=schema.names, block_size=max(len(piece), 1)),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema, strings_can_be_null=True, null_values=[""],
            true_values=["true"], false_values=["false"],
        ),
    )  # fmt: skip


def _type(pa: Any, name: str) -> Any:
    if name in _TIMES:
        return pa.timestamp("ms", tz="UTC")
    if name in _NUMBERS:
        return pa.int64()
    return pa.bool_() if name in _FLAGS else pa.string()
