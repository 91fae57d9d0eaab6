"""The bodies of commands as the OpenAPI document shows them: each field of the event, with an example."""

from inspect import cleandoc
from typing import Any

import msgspec

from casevac.duties import Duty
from casevac.events import KINDS

AT = {"type": "string", "format": "date-time", "description": "When it happened; default now."}
PLACE = {
    "type": "string",
    "maxLength": 120,
    "description": "Instead of lon and lat: LON,LAT, a military grid, or a name.",
}
TEXT = {
    "type": "string",
    "maxLength": 2000,
    "description": "Instead of the fields: all of it, as it is read on the radio.",
}
Json = dict[str, Any]


def request_body(duty: Duty, *, with_id: bool) -> Json:
    """The requestBody of one way to tell something; the id of the address is no field of it."""
    said = {*duty.preset, "kind", *([duty.field] if with_id and duty.field else [])}
    schema = dict(_schema(duty.kind))
    fields = {name: shape for name, shape in schema["properties"].items() if name not in said}
    needed = [name for name in schema.get("required", ()) if name not in said]
    if duty.placed:
        fields.setdefault("place", PLACE)
        needed = [name for name in needed if name not in ("lon", "lat")]
    if duty.by_text:
        fields["text"] = TEXT
    schema |= {"properties": {**fields, "at": AT}, "additionalProperties": False}
    schema.pop("required", None)
    if needed:
        schema["required"] = needed
    example = {name: value for name, value in duty.example.items() if name not in said}
    return {
        "required": bool(needed),
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def _schema(kind: str) -> Json:
    (_,), components = msgspec.json.schema_components([KINDS[kind]], ref_template="{name}")
    found: Json = _whole(components[KINDS[kind].__name__], components)
    return {**found, "description": cleandoc(found.get("description", ""))}


def _whole(shape: Any, components: Json) -> Any:  # noqa: ANN401  JSON
    """The shape with every reference written out."""
    if isinstance(shape, dict):
        if "$ref" in shape:
            return _whole(components[shape["$ref"]], components)
        return {name: _whole(value, components) for name, value in shape.items()}
    return [_whole(one, components) for one in shape] if isinstance(shape, list) else shape
