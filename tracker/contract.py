"""The contract of the field door as an AsyncAPI 3.0 document, made from the types that read and write it."""

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

import msgspec

from casevac.errors import BadSetting
from casevac.events import KINDS, TOLD_BY, Body
from tracker import allowed, downlink, wire
from tracker.batch import MOST_BYTES, MOST_ROWS, BatchFields
from tracker.wire import LARGEST_PAYLOAD

Json = dict[str, Any]
_REF = "#/components/schemas/{name}"
_UP = {
    "report": "A position report.",
    "batch": "Many reports of one epoch, deflated (zlib): the schema is of the JSON inside,"
    f" {MOST_BYTES} bytes unpacked and {MOST_ROWS} rows at most.",
    "event": "What happened in the rescue chain; `kind` says what.",
    "status": "The device comes or goes; also its last will.",
}
_DOWN = {
    "receipt": "After the commit: which numbers are stored, which refused.",
    "task": "Retained: the present task of its vehicle, or its recall; empty when there is none.",
    "notice": "Retained: warnings, answers, who is on the way; empty when there is nothing.",
}
_SHAPES: dict[str, tuple[str, type[msgspec.Struct]]] = {  # message -> its channel and its type
    "report": ("report", wire.ReportFields),
    "batch": ("batch", BatchFields),
    "status": ("status", wire.StatusFields),
    **{kind: ("event", KINDS[kind]) for kind in sorted(TOLD_BY)},
    "receipt": ("receipt", downlink.Receipt),
    "task": ("task", downlink.Orders),
    "recall": ("task", downlink.Recall),
    "notice": ("notice", downlink.Notice),
}


def asyncapi(version: str) -> Json:
    """The whole contract; `version` is the software's."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Casevac field door",
            "version": version,
            "description": "MQTT 3.1.1 or 5, JSON. WGS 84 degrees, metres, m/s, degrees true, per cent,"
            " ISO 8601 times with a zone. The user name is the device's name and its client id."
            f" A payload has {LARGEST_PAYLOAD} bytes at most: a larger one reaches nobody, and most"
            " clients would send it for ever; measure before you publish.",
            "x-largest-payload-bytes": LARGEST_PAYLOAD,
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name, words) for name, words in {**_UP, **_DOWN}.items()},
        "operations": {
            **{name: _operation("receive", name) for name in _UP},  # as this server sees it
            **{name: _operation("send", name) for name in _DOWN},
        },
        "components": {"messages": {name: _payload(name) for name in _SHAPES}, "schemas": _schemas()},
    }


def schema(name: str, version: str = "") -> Json:
    """The JSON Schema (2020-12) of one message: a channel's name or a kind of event. Raises BadSetting."""
    components = asyncapi(version)["components"]
    if name not in components["messages"]:
        raise BadSetting(f"no message {name[:40]!r}; known: {', '.join(sorted(components['messages']))}")
    every = components["schemas"]
    needed = _needed(name, every)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": f"#/$defs/{name}"}
    return {**whole, "$defs": {one: _moved(every[one]) for one in sorted(needed)}}


def _needed(name: str, schemas: Json) -> set[str]:
    """This schema and those it refers to, however far."""
    found, open_ones = {name}, [name]
    while open_ones:
        for named in _named(schemas[open_ones.pop()]):
            if named not in found:
                found.add(named)
                open_ones.append(named)
    return found


def _named(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(ref := value.get("$ref"), str):
            yield ref.rpartition("/")[2]
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _named(inner)


def _schemas() -> Json:
    kinds = [kind for _, kind in _SHAPES.values()]
    refs, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    titles = [one["$ref"].rpartition("/")[2] for one in refs]
    made = {name: components.pop(title) for name, title in zip(_SHAPES, titles, strict=True)}
    _, head = msgspec.json.schema_components([wire.EventHead], ref_template=_REF)
    (numbered,) = head.values()
    for kind in TOLD_BY:
        made[kind] = _event(made[kind], numbered, KINDS[kind])
    return {**components, **made}


def _event(body: Json, head: Json, kind: type[Body]) -> Json:
    """What a device sends: the fields of the body beside number, times and kind."""
    return {
        **body,
        "description": f"{_first(kind)} Needs the role {kind.told_by}.",
        "properties": {**head["properties"], **body["properties"]},
        "required": sorted({*head["required"], *body.get("required", ())} - allowed.OWN_FIELDS),
    }


def _first(kind: type[Body]) -> str:
    return " ".join(cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


def _channel(name: str, words: str) -> Json:
    return {
        "address": wire.topic("{device}", name),
        "description": words,
        "parameters": {"device": {"description": "The name under which the device is enrolled."}},
        "messages": {
            message: {"$ref": f"#/components/messages/{message}"}
            for message, (channel, _) in _SHAPES.items()
            if channel == name
        },
    }


def _payload(name: str) -> Json:
    return {"name": name, "payload": {"$ref": _REF.format(name=name)}}


def _operation(action: str, channel: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "bindings": {"mqtt": {"qos": 1, "retain": channel in ("task", "notice")}},
    }


def _moved(value: object) -> Any:  # noqa: ANN401  any JSON value
    """The same with references to where a schema of its own keeps them."""
    if isinstance(value, dict):
        return {
            key: inner.replace("#/components/schemas/", "#/$defs/") if key == "$ref" else _moved(inner)
            for key, inner in value.items()
        }
    return list(map(_moved, value)) if isinstance(value, list | tuple) else value
