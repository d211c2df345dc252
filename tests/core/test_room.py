from reunite.core.persons.room import ALWAYS_LISTED, BATCH_PERSONS, Room


def test_large_persons_are_listed_while_there_is_room_and_small_ones_always():
    room = Room(100)

    assert [room.listed(500) for _ in range(BATCH_PERSONS - 1)] == [100] * (BATCH_PERSONS - 1)
    assert room.listed(40) == 40
    assert room.listed(100) == ALWAYS_LISTED
    assert room.listed(60) == 60
    assert room.listed(11) == ALWAYS_LISTED
    assert room.listed(ALWAYS_LISTED) == ALWAYS_LISTED
    assert room.listed(1) == 1


def test_no_answer_lists_more_than_one_may():
    assert Room(5).listed(9) == 5
