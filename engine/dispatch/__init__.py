"""The outgoing side of the worker: one lane per number, under one lease, with recovery and reconciliation."""

from engine.dispatch.dispatcher import Dispatcher
from engine.dispatch.policy import Policy

__all__ = ["Dispatcher", "Policy"]
