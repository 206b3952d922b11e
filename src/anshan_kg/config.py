"""One table of settings (name, default, help) that feeds options, environment and docs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from anshan_kg.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LANGUAGES = {"en", "zh", "zh-hans", "zh-cn"}

ENVIRONMENT_PREFIX = "ANSHAN_KG_"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, its type, its default, and what it does in a sentence."""

    name: str
    kind: type[str] | type[int] | type[float]
    default: str | int | float | None
    help: str

    @property
    def environment(self) -> str:
        """Return the environment variable that sets it."""
        return ENVIRONMENT_PREFIX + self.name.upper()


SETTINGS = (
    Setting("root", str, None, "Working tree with ontology/ and graph/ to use instead of the packaged one."),
    Setting("store", str, None, "Address of a SPARQL 1.1 endpoint to query instead of the embedded engine."),
    Setting("data", str, None, "Folder with a dataset on disk that can be written to."),
    Setting("token_file", str, None, "File with tokens for writing; else tokens.json in the data folder."),
    Setting("sources", str, None, "Folder with texts of sources, to show the words of a passage."),
    Setting("cache", str, None, "Folder that keeps assembled datasets, for a faster start; none keeps none."),
    Setting("lang", str, "en", "Language of names and messages: en or zh."),
    Setting("host", str, "127.0.0.1", "Address the service listens on."),
    Setting("port", int, 8000, "Port the service listens on; 0 takes a free one."),
    Setting("workers", int, 4, "How many queries run at the same time; from 3 on, no client holds them all."),
    Setting("queue", int, 64, "How many queries may wait for a worker before the service says 503."),
    Setting("query_timeout", float, 30.0, "Seconds a query may take."),
    Setting("query_memory", int, 1024, "Megabytes a query may take on top of the shared data."),
    Setting("client_budget", float, 120.0, "Seconds of query time a client may use per minute; 0 for any."),
    Setting("stop_timeout", float, 10.0, "Seconds that running queries may go on when it is stopped."),
    Setting("service_allow", str, None, "Addresses that SERVICE may name, spaces between; none by default."),
    Setting("service_networks", str, None, "Private networks (CIDR) that those may lie in all the same."),
    Setting("fetch_allow", str, None, "Hosts to fetch data sets from, spaces between; none by default."),
    Setting("max_rows", int, 0, "Rows an answer may have; a longer one is cut and says so. 0 cuts none."),
    Setting("max_answer", int, 64, "Megabytes an answer may have."),
    Setting("answer_cache", int, 64, "Megabytes of answers kept in memory; 0 keeps none."),
    Setting("update_timeout", float, 30.0, "Seconds a write may take, and as many again to be checked."),
    Setting("update_memory", int, 1024, "Megabytes a write may take."),
    Setting("max_upload", int, 64, "Megabytes a write may send."),
    Setting("base_path", str, None, "Path the service lives under behind a proxy, such as /kg."),
    Setting("trusted_proxies", int, 0, "Proxies whose X-Forwarded-For, -Proto and -Host are believed."),
    Setting("allocator", str, "auto", "Memory allocator: auto (mimalloc, if installed), none, or a file."),
    Setting("log_level", str, "info", "What the service logs: debug, info, warning or error."),
    Setting("log_format", str, "json", "How the service logs: json or text, a line per query."),
    Setting("log_queries", int, 0, "1 keeps the text of queries in the log; 0 only a hash of it."),
)  # fmt: skip
"""Every setting there is."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one knowledge graph or service; each field is described in `SETTINGS`."""

    root: str | None = None
    store: str | None = None
    data: str | None = None
    token_file: str | None = None
    sources: str | None = None
    cache: str | None = None
    lang: str = "en"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 4
    queue: int = 64
    query_timeout: float = 30.0
    query_memory: int = 1024
    client_budget: float = 120.0
    stop_timeout: float = 10.0
    service_allow: str | None = None
    service_networks: str | None = None
    fetch_allow: str | None = None
    max_rows: int = 0
    max_answer: int = 64
    answer_cache: int = 64
    update_timeout: float = 30.0
    update_memory: int = 1024
    max_upload: int = 64
    base_path: str | None = None
    trusted_proxies: int = 0
    allocator: str = "auto"
    log_level: str = "info"
    log_format: str = "json"
    log_queries: int = 0

    def __post_init__(self) -> None:
        """Refuse a language there is none of, before anything is looked up in it."""
        if self.lang.lower() not in _LANGUAGES:
            raise ParameterError(f"the language is {self.lang!r}; it can be en or zh")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], **given: Any) -> Config:  # noqa: ANN401
        """
        Return the settings given, then those of the environment, then the defaults.

        Args:
            environ: Variables such as `ANSHAN_KG_PORT`.
            given: Settings that win over the environment; None means not given.

        Raises:
            ParameterError: a value is not of the setting's type, or no setting has that name.
        """
        known = {setting.name: setting for setting in SETTINGS}
        unknown = set(given) - set(known)
        if unknown:
            raise ParameterError(
                f"no setting is called {', '.join(sorted(unknown))}; there are: {', '.join(known)}"
            )
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            if given.get(setting.name) is not None:
                values[setting.name] = given[setting.name]
            elif environ.get(setting.environment):
                values[setting.name] = _parse(setting, environ[setting.environment])
        values["cache"] = _cache(values.get("cache"), environ)
        return cls(**values)


def _cache(given: str | None, environ: Mapping[str, str]) -> str | None:
    """Return the folder for what can be made again, by the XDG Base Directory Specification."""
    if given is not None:
        return None if given == "none" else given
    if home := environ.get("XDG_CACHE_HOME"):
        return f"{home}/anshan-kg"
    return f"{environ['HOME']}/.cache/anshan-kg" if environ.get("HOME") else None


def _parse(setting: Setting, text: str) -> str | int | float:
    try:
        return setting.kind(text)
    except ValueError as error:
        raise ParameterError(
            f"{setting.environment} is {text!r}, but has to be of type {setting.kind.__name__}"
        ) from error


_FIELDS = tuple(field.name for field in fields(Config))
if tuple(setting.name for setting in SETTINGS) != _FIELDS:  # one table, told twice to the type checker
    raise AssertionError("SETTINGS and Config name different settings")
