"""Connections to public addresses only: a provider's name that leads to this machine or its network is not connected to.

The name is looked up once, every address that is not public is left out, and the connection goes to an address that was looked at: a name
server that gives another answer a moment later (DNS rebinding) changes nothing. Names and addresses that settings allow are exempt: those
in PROVIDER_EXTRA_HOSTS, and loopback where PROVIDER_ALLOW_LOOPBACK is on or the sandbox runs there.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from telephony.core.deadlines import DeadlineResponse, seconds_left

NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet, looking into IPv6 addresses that carry an IPv4 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if carried is None and ip in NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if carried is not None:
            return is_public(str(carried))
    return ip.is_global and not ip.is_multicast


def is_exempt(host: str, port: int | None) -> bool:
    """Whether settings let this host be anywhere, because an operator has named it or it is the sandbox on this machine."""
    names = {host, f"{host}:{port}"}
    if names & set(settings.PROVIDER_EXTRA_HOSTS):
        return True
    if settings.SANDBOX_URL and urlsplit(settings.SANDBOX_URL).hostname == host:
        return True
    return bool(settings.PROVIDER_ALLOW_LOOPBACK) and _is_loopback(host)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _PublicOnly:
    """Mixed into urllib3's connections."""

    host: str
    port: int
    _dns_host: str

    def _new_conn(self) -> socket.socket:
        """A connected socket. Raises NewConnectionError, with nothing sent, where no address of the name may be connected to."""
        name = self._dns_host
        if is_exempt(self.host, self.port):
            return self._connected()
        try:
            found = socket.getaddrinfo(name, self.port, socket.AF_UNSPEC, socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error  # type: ignore[arg-type]  # a mixin
        addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
        failure: Exception = NewConnectionError(self, "its name leads to an address that is not public")  # type: ignore[arg-type]
        for address in filter(is_public, addresses):
            left = seconds_left()
            if left is not None and left <= 0:
                break
            self._dns_host = address
            try:
                return self._connected()
            except (NewConnectionError, ConnectTimeoutError) as error:
                failure = error
            finally:
                self._dns_host = name  # certificates are checked against the name
        raise failure

    def _connected(self) -> socket.socket:
        connected: socket.socket = super()._new_conn()  # type: ignore[misc]  # a mixin
        return connected


class _PublicHTTPConnection(_PublicOnly, HTTPConnection):
    response_class = DeadlineResponse


class _PublicHTTPSConnection(_PublicOnly, HTTPSConnection):
    response_class = DeadlineResponse


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _PublicHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _PublicHTTPSConnection


class PublicAddressesAdapter(HTTPAdapter):
    """Sends requests over such connections."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """As requests does, with our kinds of connections."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
