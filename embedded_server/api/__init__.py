"""The REST API, one module for each noun. A new noun is a module here and a line in ``TABLES``."""

from __future__ import annotations

from embedded_server.api import (
    audit,
    campaigns,
    channels,
    claim,
    company,
    contacts,
    conversations,
    devices,
    imports,
    linked,
    media,
    pairing,
    segments,
    session,
    simulator,
    tags,
    templates,
    users,
    webhook_events,
)
from embedded_server.routing import RouteTable

PREFIX = "/api/v1"

TABLES: tuple[RouteTable, ...] = (
    claim.route,
    session.route,
    devices.route,
    pairing.route,
    company.route,
    users.route,
    audit.route,
    channels.route,
    simulator.route,
    contacts.route,
    tags.route,
    segments.route,
    imports.route,
    linked.route,
    templates.route,
    campaigns.route,
    conversations.route,
    media.route,
    webhook_events.route,
)
