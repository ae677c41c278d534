"""The TOML configuration means what it says, and is refused where it says nothing."""

import re
from pathlib import Path

import msgspec
import pytest

from butlery.cache import Policy
from butlery.registry import RepositoryError
from butlery.server import ServerConfig, load_config
from butlery.server.config import check_exposure

REPOSITORY = '[repositories.dp1]\nuri = "s3://bucket/dp1"\n'
POLICY = f"{REPOSITORY}[[repositories.dp1.policies]]\n"


def load(folder: Path, text: str) -> ServerConfig:
    path = folder / "server.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(RepositoryError) as caught:
        load(folder, text)
    said = str(caught.value)
    assert said.startswith(f"{folder}/server.toml: ")
    assert "\n" not in said
    return said


def test_a_repository_is_all_that_is_needed(tmp_path: Path) -> None:
    config = load(tmp_path, REPOSITORY)
    assert (config.host, config.port, config.workers) == ("127.0.0.1", 8080, 1)
    assert config.authentication == "rubin_science_platform"
    assert config.url_lifetime_seconds == 3600
    assert config.repositories["dp1"].uri == "s3://bucket/dp1"
    assert config.repositories["dp1"].poll_seconds == 1.0
    assert config.repositories["dp1"].outside_roots == ()


def test_signing_key_is_new_at_every_start_unless_given(tmp_path: Path) -> None:
    one, other = (load(tmp_path, REPOSITORY).url_signing_key for _ in range(2))
    assert one != other
    assert len(one) >= 32
    given = f'url_signing_key = "{"k" * 32}"\n{REPOSITORY}'
    assert load(tmp_path, given).url_signing_key == "k" * 32


def test_policies_are_rules_in_their_order(tmp_path: Path) -> None:
    text = (
        f'{POLICY}policy = "volatile"\ncollections = ["u/*"]\n'
        '[[repositories.dp1.policies]]\npolicy = "permanent"\n'
        'collections = ["*"]\ndimensions = ["*"]\n'
    )
    rules = load(tmp_path, text).repositories["dp1"].rules
    assert rules.of_collection("u/me") is Policy.VOLATILE
    assert rules.of_collection("LSST/DP1") is Policy.PERMANENT
    assert rules.of_dimension("visit") is Policy.PERMANENT
    assert rules.of_dataset_type("raw") is Policy.DYNAMIC


def test_operators_of_other_machines_need_a_token(tmp_path: Path) -> None:
    text = f'{REPOSITORY}[admin]\nhost = "0.0.0.0"\ntoken = "{"k" * 32}"'
    admin = load(tmp_path, text).admin
    assert admin is not None
    assert (admin.host, admin.port) == ("0.0.0.0", 8081)
    assert load(tmp_path, REPOSITORY).admin is None


REFUSED = [
    ('colour = "red"\n' + REPOSITORY, "colour"),
    (f"{REPOSITORY}colour = 1\n", "colour.*repositories"),
    ("", "repositories"),
    ("[repositories]", "no repository is configured"),
    ('[repositories."a/b"]\nuri = "x"', "repositories"),
    ('[repositories." "]\nuri = "x"', "repositories"),
    ('[repositories.".."]\nuri = "x"', "repositories"),
    ("[repositories.dp1]\n", "uri"),
    ("[repositories.dp1]\nuri = 5", "uri"),
    (f"{REPOSITORY}poll_seconds = -1", "poll_seconds"),
    (f"{REPOSITORY}poll_seconds = nan", "poll_seconds"),
    (f"{REPOSITORY}poll_seconds = inf", "poll_seconds"),
    (f'{REPOSITORY}outside_roots = "one"', "outside_roots"),
    (f"port = 0\n{REPOSITORY}", "port"),
    (f"port = 70000\n{REPOSITORY}", "port"),
    (f'port = "80"\n{REPOSITORY}', "port"),
    (f"workers = 0\n{REPOSITORY}", "workers"),
    (f"url_lifetime_seconds = 0\n{REPOSITORY}", "url_lifetime_seconds"),
    (f'url_signing_key = "short"\n{REPOSITORY}', "url_signing_key"),
    (f'authentication = "none"\n{REPOSITORY}', "authentication"),
    (f"{REPOSITORY}deadline_seconds = 0", "deadline_seconds"),
    (f'redis_url = "http://host"\n{REPOSITORY}', "redis_url"),
    (f'{POLICY}policy = "eternal"\ncollections = ["*"]', "eternal"),
    (f'{POLICY}policy = "permanent"', "names nothing"),
    (f'{POLICY}policy = "permanent"\nglobs = ["*"]', "globs"),
    (f"{REPOSITORY}[repositories.dp1.limits]\nentries = 0", "entries"),
    (f"{REPOSITORY}[repositories.dp1.limits]\nmegabytes = 1", "megabytes"),
    (f'{REPOSITORY}[admin]\nhost = "0.0.0.0"', "set a token"),
    (f'{REPOSITORY}[admin]\ntoken = "short"', "token"),
    (f"port = 8081\n{REPOSITORY}[admin]\nport = 8081", "port"),
    (f'public_url = "ftp://host"\n{REPOSITORY}', "public_url"),
    (f'public_url = "host"\n{REPOSITORY}', "public_url"),
    ("nonsense", "Expected '='"),
    ("a = 1\na = 2", "overwrite"),
]


@pytest.mark.parametrize(("text", "named"), REFUSED)
def test_mistake_is_refused_in_one_line_that_names_it(
    tmp_path: Path, text: str, named: str
) -> None:
    assert re.search(named, refusal(tmp_path, text))


def test_missing_file_and_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="No such file"):
        load_config(tmp_path / "nowhere.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(RepositoryError, match=r"odd\.toml: "):
        load_config(tmp_path / "odd.toml")


def test_refusal_never_shows_the_signing_key(tmp_path: Path) -> None:
    assert "SECRET" not in refusal(
        tmp_path, f'url_signing_key = "SECRET"\n{REPOSITORY}'
    )


def test_paths_start_from_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    for name in ("repo", "kept/outside", "static"):
        (tmp_path / name).mkdir(parents=True)
    text = """
configs_directory = "static"
[jobs]
folder = "jobs"
[repositories.relative]
uri = "repo"
outside_roots = ["kept/outside", "/absolute"]
[repositories.label]
uri = "dp1"
[repositories.remote]
uri = "https://host.example/repo"
"""
    config = load(tmp_path, text)
    repositories = config.repositories
    assert Path(repositories["relative"].uri) == tmp_path / "repo"
    assert repositories["label"].uri == "dp1"
    assert repositories["remote"].uri == "https://host.example/repo"
    assert Path(config.configs_directory or "") == tmp_path / "static"
    assert Path(config.jobs.folder) == tmp_path / "jobs"
    allowed = repositories["relative"].outside_roots
    assert [Path(path) for path in allowed] == [
        tmp_path / "kept" / "outside",
        Path("/absolute"),
    ]


def test_workers_are_told_the_whole_configuration(tmp_path: Path) -> None:
    config = load(tmp_path, f'public_url = "https://h.example"\n{REPOSITORY}')
    copy = msgspec.json.decode(msgspec.json.encode(config), type=ServerConfig)
    assert copy == config


@pytest.mark.parametrize("name", ["one.toml", "several.toml"])
def test_annotated_configurations_can_be_loaded(name: str) -> None:
    folder = Path(__file__).parent.parent.parent / "configs"
    assert "demo" in load_config(folder / name).repositories


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[access]\nkind = "tokens"', "tokens_file"),
        ('[access]\nkind = "gafaelfawr"', "gafaelfawr_url"),
        ('[access]\nkind = "gafaelfawr"\ngafaelfawr_url = "http://g"', "trusted_peers"),
        ('[access]\nkind = "everything"', "everything"),
        ('[access]\ntrusted_peers = ["here"]', "here"),
        ("[access.limits]\nconcurrent = 0", "concurrent"),
        ("[access.limits]\nper_minute = 1.5", "per_minute"),
        ("[access.limits]\nper_second = 1", "per_second"),
        ("[access.services.x]\nroutes = []", "set kind"),
        ("[access.services.x]\nusers = ['a']", "users"),
        ("[repositories.demo.access]\ngroups = ['g']", "nobody is asked"),
    ],
)
def test_access_that_makes_no_sense_is_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    file = tmp_path / "server.toml"
    file.write_text(f'[repositories.demo]\nuri = "/nowhere"\n{text}')
    with pytest.raises(RepositoryError, match=problem):
        load_config(file)


def test_limits_are_those_of_users_and_of_services(tmp_path: Path) -> None:
    defaults = load(tmp_path, REPOSITORY).access
    assert (defaults.limits.concurrent, defaults.limits.per_minute) == (100, None)
    assert defaults.services == {}
    text = """
[access]
kind = "tokens"
tokens_file = "t.json"
limits = {per_minute = 5}
[access.services.cutouts]
concurrent = 7
routes = ["get_file"]
"""
    access = load(tmp_path, f"{text}{REPOSITORY}").access
    assert (access.limits.concurrent, access.limits.per_minute) == (100, 5)
    cutouts = access.services["cutouts"]
    assert (cutouts.concurrent, cutouts.per_minute) == (7, None)
    assert cutouts.routes == ("get_file",)


def test_open_to_all_must_be_said(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    repository = '[repositories.demo]\nuri = "/nowhere"\n'
    file.write_text(f'host = "192.0.2.1"\n{repository}')
    with pytest.raises(ValueError, match="open_to_all"):
        check_exposure(load_config(file))
    for access in ("open_to_all = true", 'kind = "tokens"\ntokens_file = "t.json"'):
        file.write_text(f'host = "192.0.2.1"\n{repository}[access]\n{access}\n')
        check_exposure(load_config(file))
    assert load_config(file).access.tokens_file == str(tmp_path / "t.json")
