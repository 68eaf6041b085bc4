"""Network interfaces: those that AWS puts into a subnet, and those that go with their instance.

An instance's primary interface is deleted when the instance is terminated; moto keeps it.
Source: EC2 User Guide, "Elastic network interfaces".
"""

from __future__ import annotations

from typing import Any


def hand_over(interface: Any, kind: str, description: str) -> None:
    """Make a fresh interface of moto's one that AWS manages, with a free address of its subnet.

    Parameters
    ----------
    interface
        moto's interface; its random address need not lie in the subnet.
    kind
        Its type as DescribeNetworkInterfaces gives it, for example `nat_gateway`.
    description
        What AWS writes into its description.
    """
    address = interface.subnet.get_available_subnet_ip(interface)
    interface.private_ip_address = address
    interface.private_ip_addresses = [{"Primary": True, "PrivateIpAddress": address}]
    interface.interface_type = kind
    interface.description = description
    interface.requester_managed = True
    interface.status = "in-use"


def remove(interface: Any, backend: Any) -> None:
    """Take an interface out of its subnet and free its addresses."""
    backend.enis.pop(interface.id, None)
    for address in interface.private_ip_addresses:
        interface.subnet.del_subnet_ip(address["PrivateIpAddress"])


def settle(backend: Any) -> None:
    """Delete the primary interfaces of terminated instances, and detach their others."""
    for interface in list(backend.enis.values()):
        if interface.instance is None or interface.instance.state != "terminated":
            continue
        if interface.device_index == 0:
            remove(interface, backend)
        else:
            interface.instance = interface.attachment_id = None
