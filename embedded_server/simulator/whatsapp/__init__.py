"""A stand-in for WhatsApp's multi-device server: it plays server, phones and customers for real clients.

Everything is loopback. The simulator's lane of linked devices and the tests start ``server.WhatsAppServer``,
make people with ``person`` and let their ``phone`` scan, write, read and answer; what truly happened is in
``server.ledger``.

It proves what we believe of the protocol, no more: it has no bans, no policy and no gate for old versions.
"""
