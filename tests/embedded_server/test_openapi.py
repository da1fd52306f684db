"""The description of the API, and whether the server can do its work."""

from __future__ import annotations

from dataclasses import replace

from openapi_spec_validator import OpenAPIV31SpecValidator

from embedded_server import app, openapi
from engine.db.pools import open_pool, sessions_of
from engine.vault import Vault
from tests.fakes.api import Api


async def test_the_description_is_valid_and_names_every_route(stranger) -> None:
    answer = await stranger.get("/api/openapi.json")

    OpenAPIV31SpecValidator(answer.json).validate()
    described = {(method.upper(), path) for path, item in answer.json["paths"].items() for method in item}
    assert described == {(route.method, route.path) for route in app.all_routes()}


def test_every_operation_says_who_may_and_how_it_fails() -> None:
    document = openapi.document(app.all_routes())

    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert all("default" in operation["responses"] for operation in operations)
    assert all(operation["security"] == [] or operation["x-permission"] for operation in operations)
    assert len({operation["operationId"] for operation in operations}) == len(operations)


def test_secrets_are_write_only_in_the_description() -> None:
    schemas = openapi.document(app.all_routes())["components"]["schemas"]

    assert "secrets" not in schemas["ChannelOut"]["properties"]
    assert schemas["SignInIn"]["properties"]["password"]["writeOnly"] is True


async def test_a_healthy_server_is_ready(stranger) -> None:
    assert (await stranger.get("/health")).json == {"status": "ok"}
    ready = await stranger.get("/ready")

    assert (ready.status, ready.json) == (
        200,
        {"ready": True, "database": True, "schema_current": True, "vault": True},
    )


async def test_without_database_or_vault_the_server_lives_and_is_not_ready(engine, serve, tmp_path) -> None:
    pool = open_pool(replace(engine.address, app="postgresql://x@127.0.0.1:1/x"), application="tests")
    locked = Vault.open(tmp_path / "empty", use_keyring=False)
    url = await serve(app.build(replace(engine, pool=pool, sessions=sessions_of(pool), vault=locked)))
    api = Api(url)

    alive, ready = await api.get("/health"), await api.get("/ready")
    refused = await api.get("/api/v1/company", headers={"Authorization": "Bearer mia_x"})
    await api.close()
    await pool.dispose()

    assert (alive.status, ready.status) == (200, 503)
    assert ready.json == {"ready": False, "database": False, "schema_current": False, "vault": False}
    assert (refused.status, refused.code) == (503, "database_unavailable")
