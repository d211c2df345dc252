import json

import pytest

from tests.spark.cluster import running_cluster, wait_for
from tests.spark.orders import RULES, make_orders, planned, replayed, write_files


@pytest.mark.thorough  # It starts five Java processes.
def test_a_worker_that_is_killed_in_the_middle_changes_nothing(tmp_path):
    orders = make_orders(300, seed=3)
    inputs = write_files(orders, tmp_path / "orders")
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps(RULES))
    output, log = tmp_path / "plan", tmp_path / "driver.log"
    checkpoint = tmp_path / "checkpoint"
    options = [f"--output={output}", f"--policy={policy}", f"--checkpoint={checkpoint}"]
    with running_cluster(tmp_path, workers=2) as cluster:
        driver = cluster.submit(*inputs, *options, "--finish-below=60")
        wait_for(log, "round 2:", driver, seconds=240)
        cluster.kill_worker(0)
        assert not (output / "contact").exists()
        assert driver.wait(timeout=240) == 0, log.read_text()
    assert "Lost executor" in log.read_text()
    assert planned(output) == replayed(orders)
    assert not list(checkpoint.iterdir())
    # Whom the rows speak of is nobody's business but the tables'.
    assert "x.example.io" not in log.read_text()
