"""The page of the API says what its document says."""

import json

import pytest
from django.test import Client

from governance.api.description import DescribedField, calls_of, forms_of

pytestmark = pytest.mark.django_db
DOCUMENT = {
    "paths": {
        "/b": {
            "post": {
                "operationId": "change",
                "description": "Changes it.",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}},
                "responses": {"404": {}, "200": {"content": {"x": {"schema": {"$ref": "#/components/schemas/Thing"}}}}},
                "security": [{"host": []}],
            }
        },
        "/a/{id}": {
            "get": {
                "operationId": "read",
                "parameters": [
                    {"in": "query", "name": "form", "schema": {"type": "string", "enum": ["bits", "ids"]}},
                    {
                        "in": "path",
                        "name": "id",
                        "schema": {"type": "integer"},
                        "required": True,
                        "description": "its id",
                    },
                ],
                "responses": {"200": {}},
            }
        },
    },
    "components": {
        "schemas": {
            "Thing": {
                "description": "A thing.",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "nullable": True},
                    "parts": {
                        "type": "array",
                        "items": {"$ref": "#/components/schemas/Thing"},
                        "description": "inside",
                    },
                    "when": {"type": "string", "format": "date-time"},
                },
            }
        }
    },
}


def test_a_document_is_read_into_calls_and_forms():
    read, change = calls_of(DOCUMENT)
    [form] = forms_of(DOCUMENT)

    assert (read.method, read.path, read.scopes, read.answers) == ("GET", "/a/{id}", (), (("200", ""),))
    assert read.parameters == (
        DescribedField("id", "integer", "its id", True, "path"),
        DescribedField("form", "bits or ids", "", False, "query"),
    )
    assert (change.says, change.body, change.scopes) == ("Changes it.", "Thing", ("host",))
    assert change.answers == (("200", "Thing"), ("404", ""))
    assert (form.name, form.says) == ("Thing", "A thing.")
    assert form.fields == (
        DescribedField("name", "string or null", "", True),
        DescribedField("parts", "list of Thing", "inside", False),
        DescribedField("when", "date-time", "", False),
    )


def test_every_call_and_form_of_the_api_stands_on_the_page():
    document = json.loads(Client().get("/api/schema/?format=json").content)

    page = Client().get("/api/docs/").content.decode()

    calls = [f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods]
    assert len(calls) >= 4
    assert [call for call in calls if call not in page] == []
    assert [name for name in document["components"]["schemas"] if f'id="form-{name}"' not in page] == []
    assert "<script" not in page.partition("<main")[2]
