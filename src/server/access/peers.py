"""Which peers may say who somebody is."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address, ip_network


class Peers:
    """Addresses and networks.

    Parameters
    ----------
    networks
        As ``10.0.0.0/8`` or ``127.0.0.1``.

    Raises
    ------
    ValueError
        If one is no network.
    """

    def __init__(self, networks: Sequence[str]) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]
        self._known = lru_cache(maxsize=1024)(self._look)

    def __contains__(self, address: str) -> bool:
        return self._known(address)

    def _look(self, address: str) -> bool:
        try:
            peer = ip_address(address)
        except ValueError:  # of a Unix socket
            return False
        mapped = getattr(peer, "ipv4_mapped", None)
        return any((mapped or peer) in network for network in self._networks)
