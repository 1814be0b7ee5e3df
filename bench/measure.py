"""Timing requests over one connection that stays open."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection

from bench.wsgi_paths import COST_HEADER


class WrongAnswer(Exception):
    """A page did not answer as it must, so that its time would mean nothing."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer: seconds until all of it was here, the processor time in milliseconds that the application took, and the body."""

    seconds: float
    cost: float
    body: bytes


class Client:
    """One connection to the site, kept open, without Nagle's algorithm."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._headers = dict(headers)

    def get(self, path: str, **headers: str) -> Fetched:
        """Fetch a page. Raises WrongAnswer unless the status is 200."""
        started = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers | headers)
        response = self._connection.getresponse()
        body = response.read()
        seconds = time.perf_counter() - started
        if response.status != 200:
            raise WrongAnswer(f"{path}: status {response.status}")
        return Fetched(seconds, float(response.getheader(COST_HEADER) or 0), body)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()


@dataclass(slots=True)
class Sample:
    """What was measured of one address."""

    seconds: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """The median of the processor time, in milliseconds: steadier than the clock while other programs run."""
        return statistics.median(self.costs)

    @property
    def median(self) -> float:
        """The median in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def worst(self) -> float:
        """What 95 of 100 requests stay below, in milliseconds."""
        return statistics.quantiles(self.seconds, n=20)[-1] * 1000

    @property
    def per_second(self) -> float:
        """Requests a second that one client gets."""
        return len(self.seconds) / sum(self.seconds)


def interleaved(client: Client, paths: Iterable[str], rounds: int, warm_up: int = 15) -> dict[str, Sample]:
    """Ask for every path once per round, so that whatever else the machine does hits all alike."""
    samples = {path: Sample() for path in paths}
    for number in range(warm_up + rounds):
        for path, sample in samples.items():
            fetched = client.get(path)
            if number >= warm_up:
                sample.seconds.append(fetched.seconds)
                sample.costs.append(fetched.cost)
    return samples
