"""The Parquet file, typed, for data tools: exact values in row groups of a fixed size, so that the same
rows are the same bytes. pyarrow is loaded only when somebody asks for this."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

#: Rows read and written together; memory follows it, not the number of rows.
GROUP = 32_768
_TIMES = ("started_at", "ended_at", "recorded_at")
_NUMBERS = ("seconds", "attempt_number", "segments", "seal_seq", "composition")
_FLAGS = ("is_synchronous", "is_interactive", "is_hospice", "is_standing")


def write(header: tuple[str, ...], lines: Iterable[bytes], path: Path) -> None:
    """Write lines of exact cells as Parquet; nothing in a cell is null."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _type(pa, name)) for name in header])
    with pq.ParquetWriter(path, schema, compression="zstd", write_page_index=False) as writer:
        for group in _groups(lines):
            writer.write_table(_table(pa, schema, group), row_group_size=GROUP)


def _groups(lines: Iterable[bytes]) -> Iterator[bytes]:
    stream = iter(lines)
    while group := b"".join(islice(stream, GROUP)):
        yield group


def _table(pa: Any, schema: Any, group: bytes) -> Any:
    from pyarrow import csv

    return csv.read_csv(
        pa.BufferReader(group),
        read_options=csv.ReadOptions(column_names=schema.names, block_size=max(len(group), 1)),
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
