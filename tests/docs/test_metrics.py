"""Metrics are documented, and alert rules and the dashboard know only those that there are."""

import json
import re

import pytest
import yaml

from reunite.core.metrics import METRICS, Kind
from tests.docs.documents import DOCS, ROOT, Document, code, table

PAGE = Document(DOCS / "reference/metrics.md")
MONITORING = ROOT / "deploy/monitoring"
ALERTS = yaml.safe_load((MONITORING / "alerts.yml").read_text())
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((MONITORING / "dashboard.json").read_text())
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]
SERIES = {
    name: each
    for each in METRICS
    for name in (
        [f"{each.name}_bucket", f"{each.name}_sum", f"{each.name}_count"]
        if each.kind is Kind.HISTOGRAM
        else [each.name]
    )
}


def test_every_metric_is_documented():
    documented = [
        (code(name)[0], kind, tuple(code(labels)), help)
        for name, kind, labels, help in table(PAGE.text)
    ]
    assert documented == [(m.name, m.kind.value, m.labels, m.help) for m in METRICS]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions_name_metrics_and_labels_that_there_are(expression):
    names = re.findall(r"\b(?:reunite_\w+|up)\b", expression)
    assert names
    for name, matchers in re.findall(r"\b(reunite_\w+)(?:\{([^}]*)\})?", expression):
        assert name in SERIES
        for label in re.findall(r"(\w+)(?:=~|!~|!=|=)", matchers):
            assert label in SERIES[name].labels
    for labels in re.findall(r"by \(([^)]*)\)", expression):
        known = {"le"}.union(*(SERIES[name].labels for name in names if name in SERIES))
        assert set(re.split(r",\s*", labels)) <= known
    assert expression.count("(") == expression.count(")")
    for name in names:
        if SERIES.get(name) and SERIES[name].kind is Kind.COUNTER:
            assert re.search(rf"(?:rate|increase)\({name}", expression)


def test_alert_rules_have_the_form_of_prometheus():
    assert [*ALERTS] == ["groups"]
    names = [rule["alert"] for rule in RULES]
    assert len(set(names)) == len(names)
    for rule in RULES:
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"].endswith((".", "?"))
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            assert all(
                label in SERIES[name].labels for name in re.findall(r"reunite_\w+", rule["expr"])
            )


def test_the_dashboard_has_the_form_of_grafana_and_shows_every_metric():
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["targets"]
        assert {"type", "title", "gridPos", "datasource"} <= panel.keys()
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    text = json.dumps(DASHBOARD)
    assert [each.name for each in METRICS if each.name not in text] == []
