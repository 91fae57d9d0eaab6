"""Faults as HTTP answers: one shape, one line in words, whatever went wrong."""

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import psycopg2
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from casevac.errors import (
    AmbiguousPlace,
    CasevacError,
    ChangedMeanwhile,
    TooManyAttempts,
    UnknownPlace,
    status_of,
)
from casevac.store.connection import in_words
from geo.errors import GeoError
from maps.desk import answer

F = TypeVar("F", bound=Exception)
_log = logging.getLogger(__name__)
_MOST = 4
_RETRY = {"Retry-After": "2"}
NOTHING: Mapping[str, Sequence[Mapping[str, object]]] = {}


def fault_answer(
    error: str, message: str, status: int, more: Mapping[str, Sequence[Mapping[str, object]]] = NOTHING
) -> Response:
    """The one shape of every refusal; with `candidates` that may be meant, or `changes` made meanwhile."""
    body: dict[str, object] = {"error": error, "message": " ".join(message.split())}
    told = answer(body | {name: list(rows) for name, rows in more.items() if rows}, status)
    if status == 503:
        told.headers.update(_RETRY)
    return told


def install(app: FastAPI) -> None:
    """Make the app answer every fault in that shape."""
    _answer(app, CasevacError, _foreseen)
    _answer(app, GeoError, _foreseen)
    _answer(app, psycopg2.Error, _driver)
    _answer(app, RequestValidationError, _invalid)
    _answer(app, HTTPException, _http)
    _answer(app, Exception, _unforeseen)


def _answer(app: FastAPI, kind: type[F], handler: Callable[[Request, F], Response]) -> None:
    """Answer faults of one kind by a function that takes just these."""

    def handled(request: Request, fault: Exception) -> Response:
        return handler(request, fault) if isinstance(fault, kind) else _unforeseen(request, fault)

    app.add_exception_handler(kind, handled)


def _foreseen(_: Request, fault: Exception) -> Response:
    more: dict[str, Sequence[Mapping[str, object]]] = {}
    if isinstance(fault, UnknownPlace | AmbiguousPlace):
        more["candidates"] = fault.candidates
    if isinstance(fault, ChangedMeanwhile):
        more["changes"] = fault.changes
    told = fault_answer(type(fault).__name__, str(fault), status_of(fault), more)
    if isinstance(fault, TooManyAttempts):
        told.headers["retry-after"] = str(math.ceil(fault.wait_s))
    return told


def _driver(request: Request, fault: psycopg2.Error) -> Response:
    named = in_words(fault)
    return _unforeseen(request, fault) if named is None else _foreseen(request, named)


def _unforeseen(_: Request, fault: Exception) -> Response:
    _log.error("a fault of our own", exc_info=fault)
    return fault_answer("Fault", "the server has a fault of its own; the rest goes on, see its log", 500)


def _http(request: Request, fault: HTTPException) -> Response:
    words = {404: ("NotFound", f"nothing is at {request.url.path}; see /openapi.json")}
    words[405] = ("WrongMethod", f"{request.method} cannot be done at {request.url.path}; see /openapi.json")
    words[413] = ("TooLarge", str(fault.detail))
    error, message = words.get(fault.status_code, ("Refused", str(fault.detail)))
    return fault_answer(error, message, fault.status_code)


def _invalid(_: Request, fault: RequestValidationError) -> Response:
    return fault_answer("BadMessage", in_plain_words(fault.errors()), 422)


def in_plain_words(errors: Sequence[Mapping[str, Any]]) -> str:
    """What is wrong with a request, field by field."""
    told = [_one(error) for error in errors[:_MOST]]
    more = len(errors) - len(told)
    return "; ".join(told) + (f"; and {more} more" if more else "")


def _one(error: Mapping[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"][1:]) or "the body"
    match error["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            return f"{where} is not known here; see /openapi.json"
        case "json_invalid":
            return f"the body is not JSON: {error.get('ctx', {}).get('error', 'it is cut short')}"
    message = str(error["msg"]).replace("Input should", "should").replace("Value error, ", "")
    given = error.get("input")
    shown = f", not {str(given)[:40]!r}" if isinstance(given, str | int | float) else ""
    return f"{where} {message[:1].lower()}{message[1:]}{shown}"
