"""The admin surface: what a test asks the stand-in to do next, and what it asks to see."""

from collections.abc import Callable
from typing import Any

from tests.carrier import callbacks, numbers
from tests.carrier.exchange import Exchange
from tests.carrier.inbound import arrive


def answer(exchange: Exchange, method: str, verb: str, wish: dict[str, Any]) -> dict[str, Any]:
    """Carry out one wish. Raises ValueError, TypeError or KeyError for one that makes no sense."""
    if method == "GET" and verb == "callbacks":
        return {"posted": exchange.callbacks.posted}
    if method == "GET" and verb == "requests":
        return dict(exchange.requests)
    if method == "GET" and verb == "connections":
        return {"open": exchange.connections}
    if method == "POST" and verb == "inbound":
        return arrive(exchange, wish)
    if method == "POST" and verb == "fault":
        exchange.faults.add(wish)
    elif method == "DELETE" and verb == "fault":
        exchange.faults.clear()
    elif method == "POST" and verb == "settings":
        _set(exchange, wish)
    else:
        raise KeyError(verb)
    return {"done": True}


def _set(exchange: Exchange, wish: dict[str, Any]) -> None:
    """Change settings, all or none; every key is optional, an unknown one is refused."""
    unknown = wish.keys() - SETTINGS.keys()
    if unknown:
        raise ValueError(f"unknown settings: {', '.join(sorted(unknown))}")
    for key, value in wish.items():
        SETTINGS[key](exchange, value)


def _set_callbacks(exchange: Exchange, mode: str) -> None:
    if mode not in callbacks.MODES:
        raise ValueError(f"callbacks is one of {', '.join(sorted(callbacks.MODES))}")
    exchange.callbacks.mode = mode


def _set_callback_delay(exchange: Exchange, seconds: float) -> None:
    exchange.callbacks.delay_seconds = float(seconds)


def _set_transit(exchange: Exchange, seconds: float) -> None:
    exchange.callbacks.transit_seconds = float(seconds)


def _set_list_lag(exchange: Exchange, seconds: float) -> None:
    exchange.list_lag_seconds = float(seconds)


def _set_inbound_url(exchange: Exchange, url: str | None) -> None:
    exchange.inbound_url = url


def _add_account(exchange: Exchange, account: dict[str, str]) -> None:
    exchange.accounts[account["sid"]] = account["token"]


def _set_outcome(exchange: Exchange, outcome: dict[str, Any]) -> None:
    exchange.outcomes[outcome["to"]] = outcome


def _set_opted_out(exchange: Exchange, pairs: list[list[str]]) -> None:
    exchange.opted_out = {(line, phone) for line, phone in pairs}


SETTINGS: dict[str, Callable[[Exchange, Any], None]] = {
    "callbacks": _set_callbacks,  # normal, none, duplicated, shuffled, delayed
    "callback_delay_seconds": _set_callback_delay,
    "transit_seconds": _set_transit,  # how long a message stays queued
    "list_lag_seconds": _set_list_lag,  # how long the list does not show a message
    "inbound_url": _set_inbound_url,
    "account": _add_account,  # {sid, token}: one more account
    "outcome": _set_outcome,  # {to, status, error_code}: how texts to a phone end
    "number": numbers.put,  # one of our numbers as the carrier has it
    "opted_out": _set_opted_out,  # [[line, phone], …]
}
