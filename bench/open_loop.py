"""Requests at a fixed rate, whether or not the ones before were answered: how long a carrier waits that
does not wait for us. Waiting to be sent counts, so that a server that stalls cannot hide it."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import read_answer


@dataclass(frozen=True, slots=True)
class Waits:
    """Answers by status, and how long each took from the moment it was due, in seconds, shortest first."""

    statuses: Counter[int]
    seconds: tuple[float, ...]

    def at(self, share: float) -> float:
        """The wait that this share of requests did not exceed."""
        return self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * share))]


def drive_at(port: int, requests: Sequence[bytes], *, per_second: float) -> Waits:
    """Send each request once, at its moment, on a connection of its own or one that is free."""
    return asyncio.run(_drive(port, requests, per_second))


async def _drive(port: int, requests: Sequence[bytes], per_second: float) -> Waits:
    statuses: Counter[int] = Counter()
    waits: list[float] = []
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    began = time.perf_counter()

    async def one(n: int, request: bytes) -> None:
        due = began + n / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        reader, writer = free.pop() if free else await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        statuses[await read_answer(reader)] += 1
        waits.append(time.perf_counter() - due)
        free.append((reader, writer))

    await asyncio.gather(*(one(n, request) for n, request in enumerate(requests)))
    for _, writer in free:
        writer.close()
    return Waits(statuses, tuple(sorted(waits)))
