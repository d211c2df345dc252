"""The files in deploy/ are well-formed, and say what the documents promise of them."""

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.debian import find

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
YAML = sorted(DEPLOY.rglob("*.yaml"))
UNITS = sorted((DEPLOY / "systemd").iterdir())


def run(*command):
    """The output of a command that must succeed."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=DEPLOY
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def manifests():
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "reunite.yaml").read_text()))


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


def unit(path):
    """The settings of a unit, section by section; of a name that comes often, the last."""
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read_string(path.read_text())
    return read


def pods(manifests):
    """The pods that the manifests start."""
    for each in manifests:
        spec = each["spec"].get("jobTemplate", each)["spec"]
        if "template" in spec:
            yield spec["template"]["spec"]


@pytest.mark.parametrize("path", YAML, ids=lambda each: each.name)
def test_yaml_is_plain(path):
    rules = (
        "{extends: default, rules: {document-start: disable, line-length: {max: 100}, "
        "braces: {max-spaces-inside: 0}}}"
    )
    run(BIN / "yamllint", "--strict", "-d", rules, path)


def test_the_containerfile_passes_its_linter():
    run(BIN / "hadolint", "--failure-threshold", "style", DEPLOY / "Containerfile")


def test_the_containerfile_copies_nothing_that_is_ignored():
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE
    )
    kept = [
        line[1:]
        for line in (ROOT / ".containerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    for name in " ".join(copied).replace("${REQUIREMENTS}", "base").split():
        assert (ROOT / name).exists()
        assert any(Path(name).match(each) for each in kept), name
    assert (ROOT / ".containerignore").read_bytes() == (ROOT / ".dockerignore").read_bytes()


def test_a_container_runs_without_root_and_on_a_root_that_cannot_be_written(compose, manifests):
    assert "USER 10001:10001" in (DEPLOY / "Containerfile").read_text()
    service = compose["services"]["reunite"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    found = list(pods(manifests))
    assert len(found) == 2
    for pod in found:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            allowed = container["securityContext"]
            assert allowed["readOnlyRootFilesystem"] is True
            assert allowed["allowPrivilegeEscalation"] is False
            assert allowed["capabilities"] == {"drop": ["ALL"]}


def test_the_compose_file_follows_its_schema_and_keeps_data_in_volumes(compose):
    run(
        *(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec"),
        DEPLOY / "compose.yaml",
    )
    for service in compose["services"].values():
        for volume in service["volumes"]:
            assert volume.partition(":")[0] in compose["volumes"]
    # Only this machine reaches the port: the sample has no TLS of its own.
    assert compose["services"]["reunite"]["ports"] == ["127.0.0.1:8000:8000"]


def test_the_manifests_follow_the_schemas_of_kubernetes():
    run(BIN / "kubernetes-validate", "--strict", DEPLOY / "kubernetes" / "reunite.yaml")


def test_probes_ask_for_a_host_that_the_server_answers(manifests):
    (server,) = next(pods(manifests))["containers"]
    (hosts,) = [each["value"] for each in server["env"] if each["name"] == "ALLOWED_HOSTS"]
    for name, path in (
        ("startupProbe", "/healthz"),
        ("livenessProbe", "/healthz"),
        ("readinessProbe", "/readyz"),
    ):
        probe = server[name]["httpGet"]
        assert probe["path"] == path
        assert probe["httpHeaders"][0]["value"] in hosts.split(",")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
@pytest.mark.parametrize("path", UNITS, ids=lambda each: each.name)
def test_units_are_understood_by_systemd(path, tmp_path):
    for each in UNITS:
        text = each.read_text().replace("/opt/reunite/.venv/bin/reunite", str(BIN / "reunite"))
        text = re.sub(r"^Documentation=.*$", "", text, flags=re.MULTILINE)
        (tmp_path / each.name).write_text(text)
    said = run(
        "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", tmp_path / path.name
    )
    assert path.name not in said, said


def test_the_service_starts_again_for_as_long_as_the_database_is_away():
    read = unit(DEPLOY / "systemd" / "reunite.service")
    assert read["Unit"]["StartLimitIntervalSec"] == "0"
    assert read["Service"]["Restart"] == "on-failure"
    assert int(read["Service"]["RestartSec"]) >= 1


@pytest.mark.skipif(find("caddy") is None, reason="there is no caddy here")
def test_the_caddyfile_is_understood_by_caddy():
    run(find("caddy"), "validate", "--adapter", "caddyfile", "--config", DEPLOY / "caddy/Caddyfile")


def test_no_file_holds_a_secret_or_the_address_of_a_registry():
    for path in DEPLOY.rglob("*"):
        if path.is_file():
            text = path.read_text()
            assert not re.search(r"postgres(ql)?://\S+:\S+@", text), path
            assert not re.search(r"(?i)^\s*(FROM|image:).*\w\.\w+/", text, re.MULTILINE), path
    named = (DEPLOY / "compose.yaml").read_text() + (DEPLOY / "systemd/reunite.service").read_text()
    assert "DATABASE_URL_FILE" in named
    assert not re.search(r"DATABASE_URL[:=]", named)
