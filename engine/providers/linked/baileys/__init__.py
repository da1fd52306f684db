"""The second engine of linked numbers: Baileys, in a Node program that speaks the words of ``protocol.py``.

Off until a person chooses it for a number. What holds the number is JavaScript, in ``sidecar/``; here is how
it is found, built and started.
"""
