"""Cells open in their own place, with their own key, and nowhere else."""

from __future__ import annotations

import copy
import os
import pickle
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ids import new_id
from engine.vault import CellUnreadable, CompanyKeys, Place, kid_of
from engine.vault.cells import OVERHEAD

COMPANY, OTHER, ROW = new_id(), new_id(), new_id()
DEK = bytes(range(32))
KEYS = CompanyKeys(COMPANY, {1: DEK})
PLACE = Place(COMPANY, "channel", "token", ROW)


def test_a_cell_opens_where_it_was_sealed() -> None:
    cell = KEYS.seal(PLACE, b"secret")

    assert KEYS.open(PLACE, cell) == b"secret"
    assert KEYS.open(Place(COMPANY, "channel", "token", str(ROW)), cell) == b"secret"


def test_a_cell_has_the_documented_format() -> None:
    cell = CompanyKeys(COMPANY, {0x0102: DEK}).seal(PLACE, b"secret")

    assert cell[:3] == b"\x01\x01\x02"
    assert len(cell) == len(b"secret") + OVERHEAD == len(b"secret") + 31
    assert kid_of(cell) == 0x0102


def test_the_same_value_never_seals_alike() -> None:
    assert KEYS.seal(PLACE, b"secret") != KEYS.seal(PLACE, b"secret")


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place(COMPANY, "channel", "token", new_id()),
        Place(COMPANY, "channel", "note", ROW),
        Place(COMPANY, "contact", "token", ROW),
        Place(OTHER, "channel", "token", ROW),
        Place(COMPANY, "channe", "ltoken", ROW),
    ],
    ids=["row", "column", "table", "company", "shifted names"],
)
def test_st_10_a_cell_moved_elsewhere_does_not_open(elsewhere: Place) -> None:
    cell = KEYS.seal(PLACE, b"secret")

    with pytest.raises(CellUnreadable):
        KEYS.open(elsewhere, cell)


def test_st_10_a_cell_moved_to_another_company_does_not_open_with_its_keys() -> None:
    cell = KEYS.seal(PLACE, b"secret")

    # Even the same key bytes do not help: the company is part of the place.
    for dek in (DEK, os.urandom(32)):
        keys = CompanyKeys(OTHER, {1: dek})
        with pytest.raises(CellUnreadable):
            keys.open(keys.place("channel", "token", ROW), cell)


def test_sealing_for_another_company_is_refused() -> None:
    with pytest.raises(ValueError, match="another company"):
        KEYS.seal(Place(OTHER, "channel", "token", ROW), b"secret")


@pytest.mark.parametrize("position", [0, 1, 2, 3, 14, 15, 20, 36])
def test_a_changed_byte_is_noticed(position: int) -> None:
    cell = bytearray(KEYS.seal(PLACE, b"secret"))
    cell[position] ^= 1

    with pytest.raises(CellUnreadable):
        KEYS.open(PLACE, bytes(cell))


@pytest.mark.parametrize("length", [0, 1, 2, 3, 15, 30, 31, 36])
def test_a_cell_cut_short_is_noticed(length: int) -> None:
    with pytest.raises(CellUnreadable):
        KEYS.open(PLACE, KEYS.seal(PLACE, b"secret")[:length])


def test_what_is_no_cell_has_no_key_id() -> None:
    for data in (b"", b"\x01\x00\x01", b"\x02" + bytes(40)):
        with pytest.raises(CellUnreadable):
            kid_of(data)


def test_an_unreadable_cell_tells_nothing_of_its_content_or_place() -> None:
    cell = KEYS.seal(PLACE, b"secret")

    with pytest.raises(CellUnreadable) as caught:
        KEYS.open(Place(COMPANY, "contact", "token", ROW), cell)

    assert str(caught.value) == CellUnreadable.__doc__
    assert caught.value.__suppress_context__


def test_st_11_after_a_rotation_the_newest_key_writes_and_all_read() -> None:
    old = KEYS.seal(PLACE, b"old")

    keys = CompanyKeys(COMPANY, {1: DEK, 2: os.urandom(32)})
    new = keys.seal(PLACE, b"new")

    assert (keys.newest, kid_of(old), kid_of(new)) == (2, 1, 2)
    assert (keys.open(PLACE, old), keys.open(PLACE, new)) == (b"old", b"new")
    assert (keys.is_current(old), keys.is_current(new)) == (False, True)


def test_st_11_a_destroyed_key_leaves_its_cells_unreadable() -> None:
    old = KEYS.seal(PLACE, b"old")

    with pytest.raises(CellUnreadable):
        CompanyKeys(COMPANY, {2: os.urandom(32)}).open(PLACE, old)


def test_a_cell_relabeled_with_another_key_id_does_not_open() -> None:
    keys = CompanyKeys(COMPANY, {1: DEK, 2: DEK})
    cell = KEYS.seal(PLACE, b"secret")

    with pytest.raises(CellUnreadable):
        keys.open(PLACE, b"\x01\x00\x02" + cell[3:])


def test_a_company_without_keys_says_so() -> None:
    with pytest.raises(CellUnreadable, match="no key"):
        CompanyKeys(COMPANY, {})


@pytest.mark.parametrize("deks", [{0: DEK}, {65536: DEK}, {1: b"short"}])
def test_impossible_keys_are_refused(deks: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="key"):
        CompanyKeys(COMPANY, deks)


def test_sealing_many_is_sealing_each() -> None:
    rows = [(new_id(), f"message {n}".encode()) for n in range(50)]

    cells = KEYS.seal_many("message", "body", rows)

    opened = [
        KEYS.open(KEYS.place("message", "body", row), cell)
        for (row, _), cell in zip(rows, cells, strict=True)
    ]
    assert opened == [plaintext for _, plaintext in rows]
    assert len({cell[3:15] for cell in cells}) == 50
    assert KEYS.seal_many("message", "body", []) == []


def test_the_blind_index_is_the_companys_own() -> None:
    digest = KEYS.blind("+5511999990000")

    assert digest == KEYS.blind("+5511999990000")
    assert len(digest) == 32
    assert digest not in {
        KEYS.blind("+5511999990001"),
        CompanyKeys(OTHER, {1: os.urandom(32)}).blind("+5511999990000"),
    }


def test_a_search_during_a_rotation_finds_old_and_new() -> None:
    keys = CompanyKeys(COMPANY, {1: DEK, 2: os.urandom(32)})

    assert keys.blinds("x") == [keys.blind("x"), KEYS.blind("x")]
    assert len(set(keys.blinds("x"))) == 2


def test_keys_show_nothing_and_stay_in_the_process() -> None:
    assert repr(KEYS) == str(KEYS) == "<CompanyKeys>"
    assert not hasattr(KEYS, "__dict__")
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="do not leave"):
            leave(KEYS)


NAMES = st.text(max_size=40)
ROWS = st.one_of(st.uuids(), NAMES)


@given(st.uuids(), NAMES, NAMES, ROWS, st.binary(max_size=2000))
def test_every_value_comes_back_from_every_place(
    company: UUID, table: str, column: str, row: UUID | str, plaintext: bytes
) -> None:
    keys = CompanyKeys(company, {7: DEK})
    place = keys.place(table, column, row)

    assert keys.open(place, keys.seal(place, plaintext)) == plaintext
    assert keys.open(place, keys.seal_many(table, column, [(row, plaintext)])[0]) == plaintext


@given(st.tuples(NAMES, NAMES, NAMES), st.tuples(NAMES, NAMES, NAMES))
def test_two_places_never_count_as_one(here: tuple[str, str, str], there: tuple[str, str, str]) -> None:
    cell = KEYS.seal(KEYS.place(*here), b"secret")

    if here == there:
        assert KEYS.open(KEYS.place(*there), cell) == b"secret"
    else:
        with pytest.raises(CellUnreadable):
            KEYS.open(KEYS.place(*there), cell)


@given(st.binary(max_size=80))
def test_noise_is_never_a_cell(noise: bytes) -> None:
    with pytest.raises(CellUnreadable):
        KEYS.open(PLACE, noise)
