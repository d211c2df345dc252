import subprocess
import sys
from datetime import timedelta

import pytest

from reunite.bulk.spark.files import NoSuchInput
from reunite.bulk.spark.plan import OutputExists, plan
from reunite.core.errors import InvalidRequest
from reunite.core.identifiers.kinds import Identifier, Kind
from reunite.core.imports.files import Unreadable
from tests.spark.orders import RULES, make_orders, planned, replayed, write_files


@pytest.mark.parametrize("finish_below", [100, 1_000_000], ids=["on the cluster", "on the driver"])
def test_the_plan_is_what_the_rows_make_one_by_one(spark, tmp_path, finish_below):
    orders = make_orders(450, seed=1)
    inputs = write_files(orders, tmp_path / "orders")
    output = tmp_path / "plan"
    counted = plan(inputs, str(output), policy_rules=RULES, finish_below=finish_below)
    contacts, links, refused = replayed(orders)
    assert planned(output) == (contacts, links, refused)
    assert len(links) > 10
    assert set(refused.values()) == {
        "invalid_created_at",
        "invalid_email",
        "invalid_external_id",
        "invalid_phone_number",
        "no_identifier",
        "no_usable_identifier",
    }
    assert (counted.rows, counted.contacts) == (450, len(contacts))
    assert (counted.links, counted.refused) == (len(links), len(refused))
    assert counted.persons == sum(row == values[0] for row, values in contacts.items())
    assert (counted.rounds > 0) is (finish_below == 100)
    assert not list(tmp_path.glob("*checkpoint*"))


def test_times_too_fine_to_be_packed_with_rows_are_sorted(spark, tmp_path):
    orders = make_orders(300, seed=2, tick=timedelta(days=7, microseconds=1))
    retired = frozenset({Identifier(Kind.PHONE, "+12125550003")})
    inputs = write_files(orders, tmp_path / "orders")
    rules = {}  # Nothing is blocked, so that most values are clean.
    plan(inputs, str(tmp_path / "plan"), policy_rules=rules, retired=retired)
    assert planned(tmp_path / "plan") == replayed(orders, rules=rules, retired=retired)


def test_what_cannot_be_used_is_told_with_what_to_do(spark, tmp_path):
    (tmp_path / "orders.doc").touch()
    (tmp_path / "orders.csv").write_text("a,b\n")
    output = str(tmp_path / "plan")
    with pytest.raises(NoSuchInput, match="check the path"):
        plan([str(tmp_path / "nothing*.csv")], output, policy_rules={})
    with pytest.raises(Unreadable, match="must end in"):
        plan([str(tmp_path / "orders.doc")], output, policy_rules={})
    with pytest.raises(Unreadable, match="among a"):
        plan([str(tmp_path / "orders.csv")], output, policy_rules={})
    with pytest.raises(OutputExists):
        plan([str(tmp_path / "orders.csv")], str(tmp_path), policy_rules={})
    with pytest.raises(InvalidRequest):
        plan([str(tmp_path / "orders.csv")], output, policy_rules={"limits": 3})


def test_without_pyspark_the_extra_is_named():
    code = "import sys; sys.modules['pyspark'] = None; import reunite.bulk.spark.plan"
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "pip install --editable '.[spark]'" in ran.stderr
