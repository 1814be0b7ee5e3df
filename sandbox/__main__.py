"""`python -m sandbox`: run the stand-ins on one port until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import signal
import sys
import threading

import click

from sandbox.app import Config, create_app
from sandbox.server import PortTaken, SandboxServer


@click.command(help="Play sipgate, RingCentral and GoTo Connect over HTTP, for development and tests.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8801, show_default=True, help="Port to listen on; 0 picks a free one.")
@click.option("--state", default=":memory:", show_default=True, help="File for tokens and sent messages.")
@click.option("--seed", default=2026, show_default=True, help="Another seed gives other calls.")
@click.option("--latency-ms", default=0, show_default=True, help="Delay before every answer of a provider.")
@click.option("--rates", type=click.Choice(["real", "off"]), default="real", show_default=True, help="Rate limits.")
@click.option("--site-url", multiple=True, help="Base URL of another site that may ask for tokens; repeatable.")
@click.option("--volume", default=1.0, show_default=True, help="Multiplies the number of calls per day.")
@click.option("--history-days", default=400, show_default=True, help="How far back the calls go.")
@click.option("--verbose", is_flag=True, help="Log every request, without query strings.")
def main(
    host: str,
    port: int,
    state: str,
    seed: int,
    latency_ms: int,
    rates: str,
    site_url: tuple[str, ...],
    volume: float,
    history_days: int,
    verbose: bool,
) -> None:
    """Start, say where, and wait for the end."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(message)s", stream=sys.stderr)
    logging.getLogger("sandbox").setLevel(logging.DEBUG if verbose else logging.WARNING)
    config = Config(state, seed, latency_ms, rates == "real", site_url, volume, history_days)
    try:
        app = create_app(config)
        server = SandboxServer(host, port, app)
    except PortTaken as problem:
        click.echo(str(problem), err=True)
        sys.exit(2)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    click.echo(f"Sandbox on http://{host}:{server.port} (fault panel: http://{host}:{server.port}/_sandbox/)")
    server.serve_forever(poll_interval=0.1)
    server.close()
    app.extensions["sandbox"].store.close()


if __name__ == "__main__":
    main()
