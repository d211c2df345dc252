"""The app's settings are those in force, however often they are asked for."""

from django.test import override_settings

from reunite.conf import reunite_settings


def test_settings_are_read_again_when_they_change(settings):
    assert reunite_settings().ANSWER_MAX_CONTACTS == 1_000
    with override_settings(REUNITE={"ANSWER_MAX_CONTACTS": 7}):
        assert reunite_settings().ANSWER_MAX_CONTACTS == 7
        settings.REUNITE["ANSWER_MAX_CONTACTS"] = 8
        assert reunite_settings().ANSWER_MAX_CONTACTS == 8
    assert reunite_settings().ANSWER_MAX_CONTACTS == 1_000


def test_settings_that_do_not_change_are_read_once():
    assert reunite_settings() is reunite_settings()


def test_a_project_without_the_dictionary_has_the_defaults(settings):
    del settings.REUNITE
    assert reunite_settings().LOCK_TIMEOUT_SECONDS == 5.0
