"""The settings: the only place that reads the environment (`OPCMATCH_…`)."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from matching.domain.errors import Problem, SettingsError, problem

PREFIX = "OPCMATCH_"
SHORTEST_SECRET = 32
_WEAK_SECRETS = {"dev", "development", "secret", "changeme", "change-me", "password"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an installation decides. Paths are absolute; `secret_key` is never logged (see `__repr__`)."""

    environment: str  # development | production
    instance: Path
    database_url: str
    secret_key: str
    host: str
    port: int
    language: str  # zh | en: of the command line; pages follow their reader
    site_url: str
    trusted_hosts: tuple[str, ...] | None
    proxy_hops: int
    icp_number: str | None  # shown at the foot of every page, as the law asks of public sites

    @property
    def production(self) -> bool:
        """Whether real people's data is served: weak secrets, demonstration data and debug are refused."""
        return self.environment == "production"

    def __repr__(self) -> str:
        return f"Settings(environment={self.environment!r}, instance={str(self.instance)!r}, port={self.port})"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings and check them.

    Raises:
        SettingsError: `weak_secret` (production without an own, long `OPCMATCH_SECRET_KEY`), `debug_in_production`,
            `bad_setting` (a value that is not one of those possible).
    """
    given = os.environ if environ is None else environ

    def read(name: str, default: str) -> str:
        return given.get(PREFIX + name, "").strip() or default

    environment = read("ENV", "development")
    _choose("ENV", environment, "development", "production")
    production = environment == "production"
    if production and given.get("FLASK_DEBUG", "0") not in ("", "0", "false"):
        raise SettingsError(problem("debug_in_production", key="FLASK_DEBUG"))
    instance = Path(read("INSTANCE", "instance")).absolute()
    secret = read("SECRET_KEY", "")
    if production and (len(secret) < SHORTEST_SECRET or secret.casefold() in _WEAK_SECRETS or len(set(secret)) < 8):
        raise SettingsError(problem("weak_secret", key=PREFIX + "SECRET_KEY", shortest=SHORTEST_SECRET))
    host, port = read("HOST", "127.0.0.1"), _whole("PORT", read("PORT", "8000"), 1, 65_535)
    language = read("LANGUAGE", "zh")
    _choose("LANGUAGE", language, "zh", "en")
    trusted = read("TRUSTED_HOSTS", "")
    return Settings(
        environment=environment,
        instance=instance,
        database_url=read("DATABASE_URL", f"sqlite:///{instance / 'opcmatch.sqlite3'}"),
        secret_key=secret or _own_secret(instance),
        host=host,
        port=port,
        language=language,
        site_url=read("SITE_URL", f"http://{host}:{port}").rstrip("/"),
        trusted_hosts=tuple(h.strip() for h in trusted.split(",") if h.strip()) or None,
        proxy_hops=_whole("PROXY_HOPS", read("PROXY_HOPS", "0"), 0, 5),
        icp_number=read("ICP_NUMBER", "") or None,
    )


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment for a process of ours that is to work on the same installation."""
    ours = {
        "ENV": settings.environment,
        "INSTANCE": str(settings.instance),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "LANGUAGE": settings.language,
    }
    return {**os.environ, **{PREFIX + name: value for name, value in ours.items()}}


_NAMES = (
    "ENV", "INSTANCE", "DATABASE_URL", "SECRET_KEY", "HOST", "PORT", "LANGUAGE", "SITE_URL", "TRUSTED_HOSTS",
    "PROXY_HOPS", "ICP_NUMBER",
)  # fmt: skip


def unknown_settings(environ: Mapping[str, str] | None = None) -> list[Problem]:
    """One problem for each `OPCMATCH_…` variable that nothing reads: worth a warning, for it may be misspelt."""
    given = os.environ if environ is None else environ
    names = sorted(k for k in given if k.startswith(PREFIX) and k.removeprefix(PREFIX) not in _NAMES)
    return [problem("unknown_setting", key=name, known=[PREFIX + known for known in _NAMES]) for name in names]


def language_of_errors() -> str:
    """The language in which the command line tells errors, even those of the settings themselves."""
    return "en" if os.environ.get(PREFIX + "LANGUAGE", "").startswith("en") else "zh"


@contextmanager
def environment_with(values: Mapping[str, str]) -> Iterator[None]:
    """Variables for a library that takes its settings from nowhere else, as long as it is in use."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _choose(name: str, value: str, *possible: str) -> None:
    if value not in possible:
        raise SettingsError(problem("bad_setting", key=PREFIX + name, value=value, possible=possible))


def _whole(name: str, value: str, smallest: int, largest: int) -> int:
    if not value.isdecimal() or not smallest <= int(value) <= largest:
        raise SettingsError(problem("bad_setting", key=PREFIX + name, value=value, possible=(f"{smallest}–{largest}",)))
    return int(value)


def _own_secret(instance: Path) -> str:
    """A random secret of this installation, kept beside its database: development has no shared default key."""
    path = instance / "secret_key"
    try:
        if not path.exists():
            instance.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()
    except FileExistsError:  # another process was first; its secret is as good
        return path.read_text().strip()
    except OSError as error:
        raise SettingsError(problem("cannot_write", value=path, reason=error.strerror)) from error
