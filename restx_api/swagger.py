"""The API description (Swagger 2.0), drawn from the routes' own declarations and pydantic models."""

from __future__ import annotations

import re
from typing import Any

import flask

from restx_api.edge import KEY_FIELD, META, Endpoint
from restx_api.swagger_examples import examples, query_examples
from utils.clock import ist
from utils.version import VERSION

PREFIX = "/api/v1"
TAGS = {
    "orders": "Orders: place, change, withdraw, close",
    "data": "Market data and symbols",
    "options": "Options: contracts, chains, Greeks",
    "account": "Books, funds, holdings, margin",
    "utility": "Calendar, mode, connection",
}
_CONVERTER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
# Bounds as pydantic writes them, as Swagger 2.0 reads them.
_BOUNDS = {
    "exclusiveMinimum": ("minimum", "exclusiveMinimum"),
    "gt": ("minimum", "exclusiveMinimum"),
    "ge": ("minimum",),
    "le": ("maximum",),
}
_ENVELOPE = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"type": "string", "enum": ["success"]}},
    "additionalProperties": True,
}
_ERROR = {
    "type": "object",
    "required": ["status", "message"],
    "properties": {
        "status": {"type": "string", "enum": ["error"]},
        "message": {"type": "string"},
        "code": {"type": "string", "description": "Stable machine word"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "retry_after": {"type": "integer", "minimum": 1},
        "tag": {"type": "string", "description": "Marks an order with an unknown outcome in the order book"},
        "mode": {"type": "string", "enum": ["analyze"]},
    },
}
_DONE = {"description": "Done", "schema": {"$ref": "#/definitions/Envelope"}}
_RESPONSES = {
    "400": "The request is wrong, or the order was refused",
    "403": "The key is wrong or has no connected broker, or the operation is not allowed",
    "404": "No such order, symbol or data",
    "405": "Wrong method",
    "409": "The key of a repeat is in use or was used for something else",
    "413": "The body is too large",
    "429": "Rate limit; see Retry-After",
    "500": "Internal error",
    "501": "The broker or this version lacks the feature",
    "502": "The broker did not answer; with code OUTCOME_UNKNOWN the order may be live",
    "503": "The broker session has expired, or a part of the house is not ready",
}


def describe_api(app: flask.Flask) -> dict[str, Any]:
    """The description of every route under the prefix; its examples are of the day on which it is asked for."""
    definitions: dict[str, Any] = {"Error": _ERROR, "Envelope": _ENVELOPE}
    paths: dict[str, Any] = {}
    today = ist(app.extensions["openalgo"].clock.now()).date()
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.rule.startswith(PREFIX + "/") or rule.rule.endswith("/"):
            continue
        view_class = getattr(app.view_functions[rule.endpoint], "view_class", None)
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            meta = getattr(getattr(view_class, method.lower(), None), META, None)
            if isinstance(meta, Endpoint):
                path = _CONVERTER.sub(r"{\1}", rule.rule)
                paths.setdefault(path, {})[method.lower()] = _operation(meta, path, definitions)
    _tell_methods_apart(paths)
    for name, example in examples(today).items():
        definitions[name]["example"] = example
    for path, values in query_examples(today).items():
        for parameter in paths[path]["get"]["parameters"]:
            if parameter["name"] in values:
                parameter["x-example"] = values[parameter["name"]]
    return {
        "swagger": "2.0",
        "info": {
            "title": "OpenAlgo",
            "version": VERSION,
            "description": "One REST API in front of many brokers. Numbers may be sent as text.",
        },
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "schemes": ["http", "https"],
        "securityDefinitions": {
            "header": {"type": "apiKey", "in": "header", "name": "X-API-KEY"},
            "query": {"type": "apiKey", "in": "query", "name": KEY_FIELD},
        },
        "security": [{"header": []}, {"query": []}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "definitions": definitions,
    }


def _tell_methods_apart(paths: dict[str, Any]) -> None:
    """Names of operations are unique, and two methods may share one path."""
    for operations in paths.values():
        if len(operations) > 1:
            operations["get"]["operationId"] += "_get"


def _headers(meta: Endpoint) -> dict[str, Any]:
    shown = {name: {"type": "string", "description": text} for name, text in meta.headers.items()}
    return {"headers": shown} if shown else {}


def _operation(meta: Endpoint, path: str, definitions: dict[str, Any]) -> dict[str, Any]:
    schema = meta.schema.model_json_schema(ref_template="#/definitions/{model}", by_alias=True)
    for name, definition in schema.pop("$defs", {}).items():
        definitions[name] = _plain(definition)
    schema = _plain(schema)
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "type": "string"}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if meta.in_query:
        parameters += _query_parameters(schema, definitions)
    else:
        key = {"type": "string", "minLength": 1, "maxLength": 256, "description": "Or header X-API-KEY"}
        schema["properties"] = {KEY_FIELD: key, **schema.get("properties", {})}
        definitions[meta.schema.__name__] = schema
        reference = {"$ref": f"#/definitions/{meta.schema.__name__}"}
        parameters.append({"name": "body", "in": "body", "required": True, "schema": reference})
    errors = {
        status: {"description": text, "schema": {"$ref": "#/definitions/Error"}}
        for status, text in _RESPONSES.items()
    }
    return {
        "tags": [meta.tag],
        "summary": meta.summary,
        "x-key-needs": meta.needs.value,
        "operationId": path.removeprefix(PREFIX)
        .strip("/")
        .replace("/", "_")
        .replace("{", "")
        .replace("}", ""),
        "parameters": parameters,
        "responses": {"200": {**_DONE, **_headers(meta)}, **errors},
        "x-limit": meta.limit,
        "x-effect": meta.schema.effect,
    }


def _query_parameters(schema: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    required = set(schema.get("required", ()))
    allowed = ("type", "enum", "minLength", "maxLength", "minimum", "maximum", "format", "description")
    found = []
    for name, given in schema.get("properties", {}).items():
        # A query parameter of Swagger 2.0 takes no reference, so what is referred to is written out.
        field = definitions.get(given.get("$ref", "").rpartition("/")[2], given)
        facts = {key: field[key] for key in allowed if key in field}
        facts.setdefault("type", "string")
        if facts["type"] not in ("string", "number", "integer", "boolean"):
            facts["type"] = "string"
        found.append({"name": name, "in": "query", "required": name in required, **facts})
    return found


def _plain(schema: Any) -> Any:
    """JSON Schema as Swagger 2.0 reads it: no const, no examples, no null types, numbers may be text."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    branches = schema.get("anyOf")
    if branches:
        rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
        return {**_plain(_widest(branches)), **_plain(rest)}
    dropped = (
        "const",
        "examples",
        "title",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "pattern",
        "gt",
        "ge",
        "le",
    )
    plain = {
        key: {name: _plain(item) for name, item in value.items()}
        if key in ("properties", "$defs")
        else _plain(value)
        for key, value in schema.items()
        if key not in dropped
    }
    if plain.get("default", 0) is None:
        del plain["default"]
    for word, facts in _BOUNDS.items():
        if isinstance(schema.get(word), int | float):
            plain |= {facts[0]: schema[word], **dict.fromkeys(facts[1:], True)}
    return plain


def _widest(branches: list[dict[str, Any]]) -> dict[str, Any]:
    """Of the alternatives of one value (a number, its text, nothing) the first that says something."""
    return next((item for item in branches if item.get("type") != "null"), {"type": "string"})
