"""A test that would talk to another machine fails at once, whatever the network answers."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

from tests.processes import free_port


def test_another_machine_is_not_reached():
    with pytest.raises(SocketConnectBlockedError):
        # An address of documentation (RFC 5737), which nobody has.
        socket.create_connection(("192.0.2.1", 443), timeout=0.1)


def test_this_machine_is():
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port()), timeout=1)
