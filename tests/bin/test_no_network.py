"""What pyproject.toml promises for every test: loopback works, nothing else is reached."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

pytestmark = pytest.mark.pure
DOCUMENTATION_ADDRESS = "192.0.2.1"  # RFC 5737: belongs to nobody


def test_it_reaches_no_other_machine() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as outward,
        pytest.warns(UserWarning, match="socket.connect"),
        pytest.raises(SocketConnectBlockedError),
    ):
        outward.connect((DOCUMENTATION_ADDRESS, 80))


def test_it_reaches_a_server_on_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = ("127.0.0.1", server.getsockname()[1])
        with socket.create_connection(address, timeout=2) as caller:
            connection, peer = server.accept()
            connection.close()
            assert peer == caller.getsockname()
