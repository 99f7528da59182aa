"""Which hosts are this machine itself."""

import ipaddress


def is_loopback(host: str | None) -> bool:
    """Whether a host name or literal address is this machine's loopback."""
    if not host:
        return False
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
