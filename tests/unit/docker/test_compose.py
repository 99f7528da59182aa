"""The compose file and the images agree with the code: commands, ports, volumes, variables, health checks, secrets."""

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import airflow
import click
import pytest
import typer
import yaml
from packaging.requirements import Requirement
from ray.scripts import scripts as ray_scripts

from airflow_provider_profiler.cli.main import app as command_line
from airflow_provider_profiler.config.settings import DEFAULT_PORT, environment_names, load_settings
from airflow_provider_profiler.get_provider_info import get_provider_info
from airflow_provider_profiler.service.app import create_app
from airflow_provider_profiler.service.auth import token_verifier

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
OWN_IMAGES = {"dataset-profiler-service", "dataset-profiler-airflow"}
AIRFLOW_CONFIG = yaml.safe_load(
    (Path(airflow.__file__).parent / "config_templates" / "config.yml").read_text(encoding="utf-8")
)
#: What the official images read.
POSTGRES_VARIABLES = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"}
SAMPLE = ROOT / "docker" / "sample_database" / "10_harbour.sh"
#: Ray's own, of which the code names none.
RAY_VARIABLES = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"}
SECRET_NAME = re.compile(r"PASSWORD$|TOKEN$|SECRET|KEY$|CONN")
RAY_NODES = {"ray-head", "ray-worker"}
VARIABLE = re.compile(r"\$\{(\w+)([^}]*)\}")


def of_image(image: str) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in SERVICES.items() if service["image"] == image}


AIRFLOW = of_image("dataset-profiler-airflow")


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docker_{name}", ROOT / "docker" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def values(node: Any) -> Iterator[str]:
    match node:
        case dict():
            for item in node.values():
                yield from values(item)
        case list():
            for item in node:
                yield from values(item)
        case str():
            yield node


def parsed(command: click.Command, arguments: list[str]) -> click.Context:
    """Parse arguments as the program would, without running it."""
    return command.make_context(command.name, list(arguments))


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    text = (ROOT / "docker" / dockerfile).read_text(encoding="utf-8")
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1].strip()) for line in lines]


def test_everything_of_the_design_is_there() -> None:
    assert set(SERVICES) == {
        *("airflow-init", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"),
        *("postgres", "sample-database", "redis", "profiler", *RAY_NODES),
    }
    assert set(of_image("dataset-profiler-service")) == {"profiler", *RAY_NODES}


def test_images_are_built_here_or_have_a_version() -> None:
    for name, service in SERVICES.items():
        image = service["image"]
        if image in OWN_IMAGES:
            assert (ROOT / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
        else:
            assert re.search(r":\d+", image), name


@pytest.mark.parametrize("dockerfile", ["Dockerfile.service", "Dockerfile.airflow"])
def test_dockerfiles_copy_what_there_is_and_end_without_root(dockerfile: str) -> None:
    steps = instructions(dockerfile)
    users = [argument for instruction, argument in steps if instruction == "USER"]
    assert users[-1] in ("50000:0", "airflow")
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for instruction, argument in steps:
        if instruction != "COPY":
            continue
        *sources, _ = [part for part in argument.split() if not part.startswith("--")]
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in sent, f"{source} is not sent to the builder"


def test_versions_of_the_images() -> None:
    arguments = {
        file: dict(value.split("=") for step, value in instructions(file) if step == "ARG" and "=" in value)
        for file in ("Dockerfile.service", "Dockerfile.airflow")
    }
    python = {versions["PYTHON_VERSION"] for versions in arguments.values()}
    assert len(python) == 1
    assert f">={python.pop()}" == PROJECT["requires-python"]
    assert f"apache-airflow>={arguments['Dockerfile.airflow']['AIRFLOW_VERSION']}" in PROJECT["dependencies"]


def test_the_requirement_list_is_that_of_the_extras() -> None:
    made = script("requirements")
    assert made.LIST.read_text(encoding="utf-8") == made.document(), "run python docker/requirements.py"
    named = {Requirement(line).name for line in made.requirements()}
    engine = PROJECT["optional-dependencies"]["engine"] + PROJECT["optional-dependencies"]["service"]
    assert {Requirement(line).name for line in engine} <= named
    assert {"ray", "redis", "pydantic", "pyjwt"} <= named
    assert not [name for name in named if "airflow" in name]


def test_the_service_is_started_by_a_command_that_exists() -> None:
    program, *arguments = SERVICES["profiler"]["command"]
    assert program in PROJECT["scripts"]
    group = typer.main.get_command(command_line)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    name, *options = arguments
    parsed(group.commands[name], options)  # type: ignore[attr-defined]
    default = json.loads(next(value for step, value in instructions("Dockerfile.service") if step == "CMD"))
    assert default == SERVICES["profiler"]["command"]


def test_ray_is_started_with_options_that_exist() -> None:
    for name in RAY_NODES:
        program, command, *options = SERVICES[name]["command"]
        assert (program, command) == ("ray", "start")
        context = parsed(ray_scripts.start, options)
        assert context.params["block"]
        assert context.params["disable_usage_stats"]
        assert context.params["head"] is (name == "ray-head")
    head = parsed(ray_scripts.start, SERVICES["ray-head"]["command"][2:]).params
    workers = [parsed(ray_scripts.start, SERVICES[name]["command"][2:]).params for name in RAY_NODES - {"ray-head"}]
    assert {worker["address"] for worker in workers} == {f"ray-head:{head['port']}"}
    address = urlsplit(SERVICES["profiler"]["environment"]["RAY_ADDRESS"])
    assert (address.scheme, address.hostname, address.port) == ("ray", "ray-head", int(head["ray_client_server_port"]))
    for name in RAY_NODES:
        _, program, *options = SERVICES[name]["healthcheck"]["test"]
        assert program == "ray"
        check = parsed(ray_scripts.healthcheck, options[1:])
        assert (options[0], check.params["address"]) == ("health-check", f"ray-head:{head['port']}")


def test_airflow_is_started_by_commands_that_exist() -> None:
    from airflow.cli import cli_parser

    parser = cli_parser.get_parser()
    checks = [
        service["healthcheck"]["test"][2:]
        for service in AIRFLOW.values()
        if service["healthcheck"].get("test", ["", ""])[1] == "airflow"
    ]
    assert len(checks) == 2
    for arguments in [*(service["command"] for service in AIRFLOW.values()), *checks]:
        assert parser.parse_args(arguments).func
    roles = {name.removeprefix("airflow-"): service["command"][0] for name, service in AIRFLOW.items()}
    assert {role for role, command in roles.items() if role != command} == {"init"}


def test_variables_are_known_to_who_reads_them() -> None:
    ours = set(environment_names().values())
    options = {
        f"AIRFLOW__{section.upper()}__{option.upper()}"
        for section, content in {**AIRFLOW_CONFIG, **get_provider_info()["config"]}.items()
        for option in content["options"]
    }
    for name, service in SERVICES.items():
        known = {
            "dataset-profiler-service": ours | RAY_VARIABLES,
            "dataset-profiler-airflow": options | {"AIRFLOW_CONN_PROFILER_DEFAULT"},
        }.get(service["image"], POSTGRES_VARIABLES)
        if name == "sample-database":
            known = known | set(re.findall(r"\$(\w+)", SAMPLE.read_text(encoding="utf-8")))
        assert set(service.get("environment", {})) <= known, name
        # A bare yes or 1 is no text for Compose.
        assert all(isinstance(value, str) for value in service.get("environment", {}).values()), name


def test_the_service_takes_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = script("make_secrets").environment(time.time())
    for name in environment_names().values():
        monkeypatch.delenv(name, raising=False)
    for name, value in SERVICES["profiler"]["environment"].items():
        if name in environment_names().values():
            monkeypatch.setenv(name, VARIABLE.sub(lambda found: secrets[found[1]], value))
    settings = load_settings()
    assert settings.bind_host == "0.0.0.0"
    assert settings.port == DEFAULT_PORT
    assert (settings.redis_host, settings.ray_address) == ("redis", "ray://ray-head:10001")
    folders = {settings.data_root, str(settings.home), str(settings.cdd_folder)}
    made = " ".join(value for step, value in instructions("Dockerfile.service") if step == "RUN")
    assert all(folder in shlex.split(made) for folder in folders)
    verifier = token_verifier(settings)
    assert verifier is not None
    connection = json.loads(
        VARIABLE.sub(
            lambda found: secrets[found[1]],
            AIRFLOW["airflow-scheduler"]["environment"]["AIRFLOW_CONN_PROFILER_DEFAULT"],
        )
    )
    assert verifier.verify(connection["password"]) == "airflow"
    assert connection["host"] == f"http://profiler:{settings.port}"
    assert connection["conn_type"] == "profiler"


def test_ray_nodes_see_what_the_service_sees() -> None:
    service = SERVICES["profiler"]
    for name in RAY_NODES:
        environment = SERVICES[name]["environment"]
        # Ray reads its address by itself, and would take a node for a client.
        assert "RAY_ADDRESS" not in environment
        assert environment.items() <= service["environment"].items()
        assert SERVICES[name]["volumes"] == service["volumes"]
    assert not {"RAY_AUTH_TOKEN", "PROFILER_AUTH_KEY"} & set(AIRFLOW["airflow-scheduler"]["environment"])


def test_no_secret_has_a_default() -> None:
    secrets = script("make_secrets").environment(time.time())
    asked = set()
    for text in values(SERVICES):
        for name, rest in VARIABLE.findall(text):
            assert rest.startswith(":?"), f"{name} could be empty or has a default"
            asked.add(name)
    assert asked == set(secrets)
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET_NAME.search(variable):
                assert VARIABLE.search(value), f"{name}: {variable} is written into the file"
    assert all(len(value) >= 32 for value in secrets.values())
    again = script("make_secrets").environment(time.time())
    assert not set(secrets.values()) & set(again.values())
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_secrets_are_printed_as_an_env_file() -> None:
    printed = subprocess.run(
        [sys.executable, ROOT / "docker" / "make_secrets.py"], capture_output=True, text=True, check=True, env={}
    ).stdout
    assert all(re.fullmatch(r"\w+=[\w.=-]+", line) for line in printed.splitlines())
    # Fernet's own check, and what may stand in a database URL.
    from cryptography.fernet import Fernet

    values_of = dict(line.split("=", 1) for line in printed.splitlines())
    Fernet(values_of["AIRFLOW_FERNET_KEY"])
    assert re.fullmatch(r"\w+", values_of["POSTGRES_PASSWORD"])


def test_volumes_and_networks_are_defined_and_used() -> None:
    used_volumes, used_networks = set(), set()
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source, target, *mode = mount.split(":")
            assert target.startswith("/")
            assert mode in ([], ["ro"])
            if source.startswith("."):
                assert (ROOT / source).is_dir(), source
                assert list((ROOT / source).glob("*.py" if source == "./dags" else "*.sh"))
            else:
                used_volumes.add(source)
        used_networks.update(service["networks"])
    assert used_volumes == set(COMPOSE["volumes"])
    assert used_networks == set(COMPOSE["networks"])
    dag_readers = [name for name, service in AIRFLOW.items() if "./dags:/opt/airflow/dags:ro" in service["volumes"]]
    assert set(dag_readers) == set(AIRFLOW)
    assert all(service["volumes"][-1] != "shared:/srv/profiler" for service in AIRFLOW.values())


def test_ports_are_published_on_loopback_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {
        "profiler": [f"127.0.0.1:{DEFAULT_PORT}:{DEFAULT_PORT}"],
        "airflow-api-server": ["127.0.0.1:8080:8080"],
    }
    assert "redis" not in {name for name, service in SERVICES.items() if "cluster" not in service["networks"]}
    assert not [name for name in AIRFLOW if "cluster" in SERVICES[name]["networks"]]


def test_every_service_is_watched_restarted_and_without_root() -> None:
    for name, service in SERVICES.items():
        once = name == "airflow-init"
        assert service["restart"] == ("on-failure" if once else "unless-stopped")
        assert service["healthcheck"].get("disable", False) is once
        assert not service.get("privileged")
        if service["image"] not in OWN_IMAGES:
            assert service["user"] in ("redis", "postgres")


def test_services_wait_for_what_they_need() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            once = SERVICES[needed]["healthcheck"].get("disable")
            assert how["condition"] == ("service_completed_successfully" if once else "service_healthy"), name
    needs = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    assert needs["profiler"] == {"redis", "ray-head"}
    assert {"postgres", "airflow-init", "airflow-api-server", "profiler"} == needs["airflow-scheduler"]
    left = set(SERVICES)
    while ready := {name for name in left if not needs[name] & left}:
        left -= ready
    assert not left, "services wait for each other"
    hosts = set(re.findall(r"(?:@|//|^)([a-z][a-z0-9-]+):\d+", "\n".join(values(SERVICES)), re.MULTILINE))
    assert hosts <= set(SERVICES) | {"localhost"}


def test_health_checks_ask_routes_that_exist(tmp_path: Path) -> None:
    from airflow.api_fastapi.core_api.routes.public.monitor import monitor_router

    asked = {
        name: found[0]
        for name, service in SERVICES.items()
        if (found := re.findall(r"http://127\.0\.0\.1:[^\s']+", " ".join(service["healthcheck"].get("test", []))))
    }
    settings = load_settings(home=tmp_path, data_root=str(tmp_path), ray_address=None, redis_host=None)
    ours = urlsplit(asked.pop("profiler"))
    assert ours.port == DEFAULT_PORT
    assert ours.path in create_app(settings, run_jobs=False).openapi()["paths"]
    api = urlsplit(asked.pop("airflow-api-server"))
    assert str(api.port) == AIRFLOW["airflow-api-server"]["command"][-1]
    assert api.path in {f"/api/v2{route.path}" for route in monitor_router.routes}  # type: ignore[attr-defined]
    scheduler = urlsplit(asked.pop("airflow-scheduler"))
    assert not asked
    default = AIRFLOW_CONFIG["scheduler"]["options"]["scheduler_health_check_server_port"]["default"]
    assert (str(scheduler.port), scheduler.path) == (default, "/health")


def test_workers_scale_and_supervisors_take_over_from_each_other() -> None:
    worker = SERVICES["ray-worker"]
    # A name or a port of its own would keep it from being there twice.
    assert not {"container_name", "hostname", "ports"} & set(worker)
    assert worker["deploy"]["replicas"] == int(SERVICES["profiler"]["environment"]["PROFILER_RAY_SUPERVISORS"]) == 2
    assert not [name for name, service in SERVICES.items() if "ray-worker" in service.get("depends_on", {})]


def test_stopping_takes_no_longer_than_it_may() -> None:
    assert float(SERVICES["profiler"]["stop_grace_period"].removesuffix("s")) > load_settings().shutdown_seconds


def test_the_sample_database_is_read_by_an_account_that_may_read_alone() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    assert os.access(SAMPLE, os.X_OK)
    environment = SERVICES["profiler"]["environment"]
    assert environment["DATAGEMS_POSTGRES_HOST"] == "sample-database"
    assert f"CREATE ROLE {environment['DATAGEMS_POSTGRES_USERNAME']} LOGIN" in text
    assert re.findall(r"GRANT (.*) ON", text) == ["SELECT"]
    owner = SERVICES["sample-database"]["environment"]
    assert owner["POSTGRES_USER"] != environment["DATAGEMS_POSTGRES_USERNAME"]
    assert owner["SAMPLE_READER_PASSWORD"] == environment["DATAGEMS_POSTGRES_PASSWORD"]
    # Whoever can reach it is the service or a worker; it reaches nothing of theirs.
    assert {name for name, service in SERVICES.items() if "data" in service["networks"]} == {
        *("sample-database", "profiler"),
        *RAY_NODES,
    }
    assert SERVICES["sample-database"]["networks"] == ["data"]


def test_redis_keeps_what_it_acknowledged() -> None:
    program, *options = SERVICES["redis"]["command"]
    assert program == "redis-server"
    pairs = dict(zip(options[::2], options[1::2], strict=True))
    assert pairs == {"--appendonly": "yes", "--appendfsync": "always", "--maxmemory-policy": "noeviction"}
    assert all(isinstance(option, str) for option in options)


def test_the_guide_names_what_there_is() -> None:
    guide = (ROOT / "docs" / "compose.md").read_text(encoding="utf-8")
    for service in re.findall(r"docker compose exec ([\w-]+)|cp \S+ ([\w-]+):", guide):
        assert "".join(service) in SERVICES
    for path in re.findall(r"`(docker/[\w./-]+)`|\]\(\.\./([\w.-]+)\)", guide):
        assert (ROOT / "".join(path)).is_file(), path
    environment = SERVICES["profiler"]["environment"]
    for variable in ("DATA_ROOT_PATH", "PROFILER_HOME", "CDD_PROFILE_PATH"):
        assert f"`{environment[variable]}`" in guide
    state = AIRFLOW["airflow-api-server"]["environment"]["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]
    assert state in guide
    assert os.path.dirname(state) in "".join(AIRFLOW["airflow-api-server"]["volumes"])  # noqa: PTH120
    (dag,) = re.findall(r"dags trigger (\w+)", guide)
    assert (ROOT / "dags" / f"{dag}.py").is_file()
