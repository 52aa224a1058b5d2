"""What the desk remembers of its user: versioned documents, and values of the chart page."""

from __future__ import annotations

from typing import Annotated, Any

import flask
from pydantic import Field

from blueprints.edge import Call, Form, session_route
from domain.desk.preferences import Document
from services.desk.preferences import LONGEST_VALUE

blueprint = flask.Blueprint("preferences", __name__)
DOCUMENTS = "/ui/api/preferences/documents"
ONE_DOCUMENT = f"{DOCUMENTS}/<string(maxlength=50):key>"


class PreferenceForm(Form):
    """JSON text."""

    value: str = Field(max_length=LONGEST_VALUE)


class DocumentForm(Form):
    """version: the one the caller saw; without it the last write wins."""

    value: Any
    version: Annotated[int, Field(ge=0, strict=True)] | None = None


@session_route(blueprint, "/ui/api/preferences")
def show_preferences(call: Call) -> Any:
    """Remembered values of the chart page, each as JSON text."""
    return call.services.chart_preferences.texts(call.principal.user_id)


@session_route(
    blueprint, "/ui/api/preferences/<string(maxlength=50):key>", methods=("PUT",), body=PreferenceForm
)
def set_preference(call: Call, key: str) -> Any:
    """Remember one value of the chart page."""
    call.services.chart_preferences.put_text(call.principal.user_id, key, call.body.value)
    return {key: call.body.value}


@session_route(blueprint, DOCUMENTS)
def show_documents(call: Call) -> Any:
    """Every document that was ever kept."""
    documents = call.services.preferences.all(call.principal.user_id)
    return {document.key: _shown(document) for document in documents}


@session_route(blueprint, ONE_DOCUMENT)
def show_document(call: Call, key: str) -> Any:
    """One document; version 0 and null when it was never kept."""
    return _shown(call.services.preferences.get(call.principal.user_id, key))


@session_route(blueprint, ONE_DOCUMENT, methods=("PUT",), body=DocumentForm)
def put_document(call: Call, key: str) -> Any:
    """Replace one document; 409 with the current one when it is not the version seen any more."""
    form: DocumentForm = call.body
    return _shown(call.services.preferences.put(call.principal.user_id, key, form.value, form.version))


@session_route(blueprint, ONE_DOCUMENT, methods=("DELETE",))
def drop_document(call: Call, key: str) -> Any:
    """Back to what the desk does by itself."""
    return _shown(call.services.preferences.drop(call.principal.user_id, key))


def _shown(document: Document) -> dict[str, Any]:
    return {"version": document.version, "value": document.value, "updated_at": document.updated_at}
