"""The server's configuration: one TOML file, decoded strictly.

Unknown keys are refused: nothing is overridden silently, and nothing that a client
sends is configuration.
"""

import os
import re
import secrets
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from ..cache import IndexPlace, Limits, Pace, Policies, Policy, PolicyRule
from ..protocol.service import AuthenticationMode
from ..registry import RepositoryError

Label = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
PollSeconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]
PositiveInt = Annotated[int, msgspec.Meta(ge=1)]
Period = Annotated[float, msgspec.Meta(gt=0)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
Globs = tuple[str, ...]

MIN_KEY_CHARACTERS = 32
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class PolicySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long answers about some things are kept.

    Parameters
    ----------
    policy
        ``permanent``: for ever; ``dynamic``: while nothing that they depend on has
        changed; ``volatile``: never.
    collections, dataset_types, dimensions
        Globs of the things for which this holds. Of the rules that name one, the
        first counts; what none names is dynamic.
    """

    policy: Policy
    collections: Globs = ()
    dataset_types: Globs = ()
    dimensions: Globs = ()

    def __post_init__(self) -> None:
        """Refuse a rule that says nothing."""
        if not (self.collections or self.dataset_types or self.dimensions):
            raise ValueError(
                f"a {self.policy} policy names nothing: "
                "give it collections, dataset_types or dimensions"
            )


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is kept of one repository's answers, in each worker process.

    Parameters
    ----------
    entries, bytes
        What was not asked for the longest time goes first.
    whole_bytes
        Of whole answers, kept for those who ask the same again.
    reads
        Lookups that may wait for the database at the same time; more are told to
        come back.
    """

    entries: PositiveInt = Limits.entries
    bytes: PositiveInt = Limits.bytes
    whole_bytes: PositiveInt = Limits.whole_bytes
    reads: PositiveInt = Limits.reads


class SelfCheckSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How changes of what is permanent are looked for.

    Parameters
    ----------
    definitions_seconds, contents_seconds
        How often.
    share
        Of one core; all worker processes share it.
    """

    definitions_seconds: Period = Pace.definitions_seconds
    contents_seconds: Period = Pace.contents_seconds
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = Pace.share


class IndexSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a repository's release indexes are.

    Parameters
    ----------
    folder
        Of the files that are mapped; the newest one that can be used is.
    location
        Folder, or ``s3://[profile@]bucket/prefix``, from which newer ones are fetched.
    check_seconds
        How often is looked for newer ones.
    """

    folder: str
    location: str | None = None
    check_seconds: Period = 60.0


class AccessRuleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who sees the collections whose names begin alike.

    Parameters
    ----------
    prefix
        Of the names. Of the rules that fit a name the first counts.
    users, groups
        Who sees them; with neither, all who may open the repository.
    public_after
        Until then only ``users`` and ``groups`` see them, from then on everybody.
    """

    prefix: Annotated[str, msgspec.Meta(min_length=1)]
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    public_after: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class EmbargoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What of a night is not shown before some time has passed.

    Hidden are the datasets of the night in some RUNs, and the dimension records of its
    exposures and visits. It opens by itself, to the second.

    Parameters
    ----------
    prefixes
        Of the names of the RUNs.
    hours
        How long after its end a night stays hidden.
    dataset_types
        Globs of the types of the datasets.
    instruments
        Whose nights; by default those of all.
    night_ends_hours
        When the night of a ``day_obs`` ends: hours after the end of that day, UTC.
    users, groups
        Who sees it at once.
    """

    prefixes: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    hours: Annotated[float, msgspec.Meta(ge=0)]
    dataset_types: tuple[str, ...] = ("*",)
    instruments: tuple[str, ...] = ()
    night_ends_hours: Annotated[float, msgspec.Meta(ge=-24, le=24)] = 12.0
    users: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class RepositoryAccessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may see what of a repository, where users are known.

    Parameters
    ----------
    groups
        Who may open it; ``*``: every user.
    admin_groups
        Who sees everything in it.
    rules
        Who sees which collections. What no rule names is everybody's, but for
        ``u/{user}/…``, which is the user's, and ``g/{group}/…``, which is the group's.
    embargoes
        What of new nights is hidden, in collections that are seen.
    """

    groups: tuple[str, ...] = ("*",)
    admin_groups: tuple[str, ...] = ()
    rules: tuple[AccessRuleSettings, ...] = ()
    embargoes: tuple[EmbargoSettings, ...] = ()


class UserLimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each user may ask of each worker process.

    Parameters
    ----------
    concurrent
        Requests at the same time.
    per_minute
        Requests in a minute; by default any number.
    """

    concurrent: PositiveInt = 100
    per_minute: PositiveInt | None = None


class ServiceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a service that asks in its users' names may do.

    Parameters
    ----------
    concurrent, per_minute
        How much it may ask of each worker process, for all users together, besides
        what each user may; by default any number.
    routes
        Names of the routes that it may use; by default all.
    """

    concurrent: PositiveInt | None = None
    per_minute: PositiveInt | None = None
    routes: tuple[str, ...] | None = None


class AccessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the server learns who asks.

    Parameters
    ----------
    kind
        ``none``: it does not ask; ``tokens``: from tokens of a file; ``gafaelfawr``:
        from the headers of an ingress and from Gafaelfawr.
    open_to_all
        That others than this machine may connect although nobody is asked.
    tokens_file
        Made by ``butlery token``.
    gafaelfawr_url
        Where it is asked for groups.
    trusted_peers
        Addresses and networks of the ingress: only its headers count.
    limits
        How much each user may ask.
    services
        What services may do that ask in their users' names, by name.
    """

    kind: Literal["none", "tokens", "gafaelfawr"] = "none"
    open_to_all: bool = False
    tokens_file: str = ""
    gafaelfawr_url: str = ""
    trusted_peers: tuple[str, ...] = ()
    limits: UserLimitSettings = UserLimitSettings()
    services: dict[str, ServiceSettings] = {}  # msgspec copies it

    def __post_init__(self) -> None:
        """Check what types cannot say."""
        if self.kind == "tokens" and not self.tokens_file:
            raise ValueError("access: tokens need a tokens_file; see butlery token")
        if self.kind == "gafaelfawr":
            if not re.match(r"https?://[^/]+", self.gafaelfawr_url):
                raise ValueError("access: gafaelfawr_url must be an http(s) URL")
            if not self.trusted_peers:
                raise ValueError(
                    "access: name the ingress in trusted_peers; anybody else could "
                    "say they were somebody"
                )
        if self.kind == "none" and self.services:
            raise ValueError(
                "access: nobody is asked which service they are: set kind, or remove "
                "services"
            )
        for network in self.trusted_peers:
            ip_network(network, strict=False)


class StoreSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the files of a store are handed out.

    Parameters
    ----------
    root
        What the roots of datastores, or URLs in records, begin with. Of the settings
        that fit a store the first counts. Local files always go through this server.
    way
        ``direct``: clients get URLs of the store; ``proxy``: this server reads the
        files for them, and looks at their rights each time.
    auth
        ``datastore``: clients have credentials of their own for this store on http(s).
    """

    root: str
    way: Literal["direct", "proxy"] = "direct"
    auth: Literal["none", "datastore"] = "none"

    def __post_init__(self) -> None:
        """Check what types cannot say."""
        if self.auth == "datastore" and (self.way == "proxy" or not self.is_http):
            raise ValueError(
                f'stores: {self.root!r} cannot have auth = "datastore"; that is for '
                "http(s) stores that clients read themselves"
            )

    @property
    def is_http(self) -> bool:
        """Whether the store is an HTTP server that needs no signed URLs."""
        return self.root.startswith(("http://", "https://"))


class QuerySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How general queries are run, by each worker process of the server.

    Parameters
    ----------
    workers
        Queries that run at the same time, each in a process of its own; 0: general
        queries are not offered.
    workers_per_user
        As many of one user, while there are users.
    waiting, waiting_per_user
        Queries that may wait for their turn; more are told to come back.
    waiting_bytes
        Of their bodies; more are told to come back.
    statement_timeout_seconds
        How long the database may take for one statement, and a worker for one page.
    max_rows, max_bytes
        Of one answer; more is an error that says so.
    patience_seconds
        How long a client may take for one page before its connection is cut.
    keep_alive_seconds
        Silence after which a client is told that its query is still running.
    worker_queries, worker_bytes
        Queries after which a worker is replaced, and memory.
    """

    workers: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 2
    workers_per_user: PositiveInt = 2
    waiting: PositiveInt = 1000
    waiting_per_user: PositiveInt = 250
    waiting_bytes: PositiveInt = 256 << 20
    statement_timeout_seconds: Period = 300.0
    max_rows: PositiveInt = 5_000_000
    max_bytes: PositiveInt = 4 << 30
    patience_seconds: Period = 60.0
    keep_alive_seconds: Period = 15.0
    worker_queries: PositiveInt = 1000
    worker_bytes: PositiveInt = 2 << 30


class JobSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long queries are run as jobs.

    Parameters
    ----------
    folder
        Of results, and of the state of jobs if there is no Redis; all servers share
        it. Without one there are no jobs.
    lifetime_seconds
        After which a job and its result are removed.
    max_per_user
        Jobs that are not removed yet; where nobody is asked who they are, of all.
    rows_per_part
        Rows of one file of a result.
    inline_seconds
        How long a client waits for a short result, if it does not say.
    max_wait_seconds
        As long as any client may wait.
    lost_seconds
        After which a server that is not heard of has lost its jobs to others.
    """

    folder: str = ""
    lifetime_seconds: Period = 86_400.0
    max_per_user: PositiveInt = 100
    rows_per_part: PositiveInt = 100_000
    inline_seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    max_wait_seconds: Period = 60.0
    lost_seconds: Annotated[float, msgspec.Meta(ge=2)] = 10.0


class RepositorySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one repository is served.

    Parameters
    ----------
    uri
        Directory, file or URI of its ``butler.yaml``, or a label of the
        repository index.
    poll_seconds
        How often PostgreSQL is asked whether anything changed; 0: before every
        answer. SQLite is always asked before every answer.
    deadline_seconds
        Longest time that a lookup may wait for the database.
    outside_roots
        Folders outside the datastore roots whose files may be handed out: targets
        of ``direct`` ingests and of symbolic links.
    stores
        How files are handed out, store by store.
    policies
        How long answers are kept.
    limits
        How many.
    warm
        Names and globs of collections that are read at the start; the process calls
        itself ready when that is done.
    self_check
        How changes of permanent things are looked for.
    index
        Where the release indexes of what is permanent are.
    access
        Who may see what.
    query_uri
        Where general queries go instead: a ``butler.yaml`` that names a replica of the
        same database.
    """

    uri: str
    poll_seconds: PollSeconds = 1.0
    deadline_seconds: Annotated[float, msgspec.Meta(gt=0, le=600)] = 2.0
    outside_roots: tuple[str, ...] = ()
    stores: tuple[StoreSettings, ...] = ()
    policies: tuple[PolicySettings, ...] = ()
    limits: LimitSettings = LimitSettings()
    warm: Globs = ()
    self_check: SelfCheckSettings = SelfCheckSettings()
    index: IndexSettings | None = None
    access: RepositoryAccessSettings = RepositoryAccessSettings()
    query_uri: str | None = None

    @property
    def index_place(self) -> IndexPlace | None:
        """The place of indexes as the cache wants it."""
        index = self.index
        if index is None:
            return None
        return IndexPlace(Path(index.folder), index.location, index.check_seconds)

    @property
    def rules(self) -> Policies:
        """The policies as the cache wants them."""
        return Policies(
            tuple(
                PolicyRule(p.policy, p.collections, p.dataset_types, p.dimensions)
                for p in self.policies
            )
        )


class AdminSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where operators reach the server.

    Parameters
    ----------
    token
        What they must show; needed when others than this machine can connect.
    """

    host: str = "127.0.0.1"
    port: Port = 8081
    token: Annotated[str, msgspec.Meta(min_length=MIN_KEY_CHARACTERS)] | None = None

    def __post_init__(self) -> None:
        """Check what types cannot say."""
        if self.host not in LOOPBACK and self.token is None:
            raise ValueError(
                f"admin: anybody who reaches {self.host} could command this server; "
                "set a token, or listen on 127.0.0.1"
            )


class ServerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the server can be told.

    Parameters
    ----------
    repositories
        By label, the name in URLs.
    public_url
        Scheme and host under which clients reach the server; by default those of
        each request.
    trusted_proxies
        Peers whose ``X-Forwarded-Proto`` counts, as a comma-separated list.
    configs_directory
        Folder served below ``/api/butler/configs/``, for repository indexes.
    authentication
        What ``butler.yaml`` tells the client to send.
    url_lifetime_seconds, private_url_lifetime_seconds
        How long a file URL works: of what everybody may see, and of what not everybody
        may see.
    url_signing_key
        Secret for file URLs; by default new at each start, so that older URLs die.
    state_directory
        Where is remembered, over restarts, what turned out not to be permanent; by
        default the one that systemd gives, if it does.
    redis_url
        Where several servers and watchers of changes meet; without it, the workers
        of this one do.
    admin
        The operators' own listener; by default there is none.
    access
        How the server learns who asks; by default it does not.
    queries
        How general queries are run.
    jobs
        How long ones are run as jobs.
    """

    repositories: dict[Label, RepositorySettings]
    host: str = "127.0.0.1"
    port: Port = 8080
    workers: PositiveInt = 1
    public_url: str | None = None
    trusted_proxies: str = "127.0.0.1"
    configs_directory: str | None = None
    authentication: AuthenticationMode = "rubin_science_platform"
    url_lifetime_seconds: PositiveInt = 3600
    private_url_lifetime_seconds: PositiveInt = 1800
    url_signing_key: Annotated[str, msgspec.Meta(min_length=MIN_KEY_CHARACTERS)] = (
        msgspec.field(default_factory=lambda: secrets.token_urlsafe(32))
    )
    state_directory: str | None = None
    redis_url: Annotated[str, msgspec.Meta(pattern=r"^(rediss?|unix)://")] | None = None
    admin: AdminSettings | None = None
    access: AccessSettings = AccessSettings()
    queries: QuerySettings = QuerySettings()
    jobs: JobSettings = JobSettings()

    def __post_init__(self) -> None:
        """Check what types cannot say."""
        if not self.repositories:
            raise ValueError("no repository is configured")
        if self.public_url and not re.match(r"https?://[^/]+", self.public_url):
            raise ValueError("public_url must start with http:// or https://")
        if self.access.kind == "none":
            for label, settings in self.repositories.items():
                if settings.access != RepositoryAccessSettings():
                    raise ValueError(
                        f"repository {label!r} has access rules, but nobody is asked "
                        "who they are: set kind in [access]"
                    )
        if self.admin is not None and self.admin.port == self.port:
            raise ValueError(
                f"admin: port {self.port} is the clients' own; choose another"
            )


def check_exposure(config: ServerConfig) -> None:
    """See that nothing is open to everybody unless that was said.

    Raises
    ------
    ValueError
        If it is, with what to do.
    """
    access = config.access
    if access.kind == "none" and not access.open_to_all and config.host not in LOOPBACK:
        raise ValueError(
            f"everybody who reaches {config.host} could read every repository: set "
            "open_to_all = true in [access] (or --open-to-all) if that is meant, "
            "choose a kind of access, or listen on 127.0.0.1"
        )


def load_config(path: Path) -> ServerConfig:
    """Read a TOML file; relative paths in it start from its folder.

    Raises
    ------
    RepositoryError
        If it cannot be read, naming the key that is wrong.
    """
    try:
        config = msgspec.toml.decode(path.read_bytes(), type=ServerConfig)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise RepositoryError(f"{path}: {error}") from error
    folder = path.resolve().parent
    repositories = {
        label: msgspec.structs.replace(
            settings,
            uri=_from(folder, settings.uri),
            query_uri=settings.query_uri and _from(folder, settings.query_uri),
            outside_roots=tuple(str(folder / o) for o in settings.outside_roots),
            index=_index_from(folder, settings.index),
        )
        for label, settings in config.repositories.items()
    }
    configs = config.configs_directory
    state = config.state_directory or os.environ.get("STATE_DIRECTORY")
    return msgspec.structs.replace(
        config,
        repositories=repositories,
        configs_directory=configs and str(folder / configs),
        state_directory=state and str(folder / state),
        access=msgspec.structs.replace(
            config.access, tokens_file=_file_from(folder, config.access.tokens_file)
        ),
        jobs=msgspec.structs.replace(
            config.jobs, folder=_file_from(folder, config.jobs.folder)
        ),
    )


def _file_from(folder: Path, name: str) -> str:
    return str(folder / name) if name else name


def _from(folder: Path, uri: str) -> str:
    """Return ``uri``, or the path of the file that it names beside the TOML file."""
    beside = folder / uri
    return str(beside) if "://" not in uri and beside.exists() else uri


def _index_from(folder: Path, settings: IndexSettings | None) -> IndexSettings | None:
    if settings is None:
        return None
    location = settings.location
    return msgspec.structs.replace(
        settings,
        folder=str(folder / settings.folder),
        location=location
        and (location if "://" in location else str(folder / location)),
    )
