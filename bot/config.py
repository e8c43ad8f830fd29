"""Every setting an operator can make, read once from the environment and an optional `.env`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args
from urllib.parse import unquote, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from bot import _config_values as values
from bot._config_speech import SpeechSettings
from bot.errors import ConfigError
from bot.keys import ApiKey
from bot.log import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_core import ErrorDetails

SecretName = Literal[
    "discord_token", "dashscope_api_key", "dashscope_second_api_key", "openai_api_key"
]

SECRETS: tuple[SecretName, ...] = get_args(SecretName)
SHOWN_VALUE_MAX_CHARS = 60
MAX_LEAVE_S = 7 * 24 * 3600
"""Longer than this is meant as never, which is 0."""

# What to do about a missing secret, in the words of the place it comes from.
_WHERE_TO_GET = {
    "discord_token": "the bot token from https://discord.com/developers/applications",
    "dashscope_api_key": "an API key from https://bailian.console.aliyun.com",
    "dashscope_second_api_key": "an API key of the second account or region",
    "openai_api_key": "the key of the server at OPENAI_BASE_URL",
}

# The drivers take the password as an option, too: `postgresql://host/name?password=…`.
_PASSWORD_OPTION = re.compile(r"(?<=[?&]password=)[^&#]+")

# pydantic's complaint that a default could not be made, because of the fault it stands on.
_CONSEQUENCE = "default_factory_not_called"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as the operator may see it: secrets are masked."""

    variable: str
    value: str
    is_default: bool
    description: str


class _DotEnvBeneath(DotEnvSettingsSource):
    """What `.env` says of things the environment has not said, be it by value or by file."""

    def __call__(self) -> dict[str, object]:
        said = {name.removesuffix("_file") for name in self.current_state}
        below = super().__call__()
        return {
            name: value for name, value in below.items() if name.removesuffix("_file") not in said
        }


class Config(SpeechSettings):
    """All settings, checked; secrets never show in `repr` or logs."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    # A file comes before the secret it may hold: pydantic validates in this order.
    discord_token_file: Annotated[Path, AfterValidator(values.folder)] | None = Field(
        None, description="File that holds the Discord bot token, instead of DISCORD_TOKEN."
    )
    discord_token: SecretStr | None = Field(
        None,
        validate_default=True,
        description="Token of the bot, from the Discord developer portal.",
    )
    discord_api_base: Annotated[str, values.url("https", "http")] | None = Field(
        None, description="Another Discord REST API to talk to; only for the sandbox and for tests."
    )
    discord_gateway: Annotated[str, values.url("wss", "ws")] | None = Field(
        None, description="Another Discord gateway to talk to; only for the sandbox and for tests."
    )
    message_content: Annotated[
        Literal["auto", "required", "off"],
        values.one_of("auto", "required", "off", fold=str.lower),
    ] = Field(
        "auto",
        description="Whether to read what people write: auto (where it is granted), required, off.",
    )
    guide_url: Annotated[str, values.url("https", "http")] | None = Field(
        None, description="Address of a guide for your moderators, linked from /help and /setup."
    )
    leave_when_alone_s: Annotated[int, values.whole_number(0, MAX_LEAVE_S)] = Field(
        60, description="Seconds without anybody listening until the bot leaves a call; 0 is never."
    )
    leave_when_idle_s: Annotated[int, values.whole_number(0, MAX_LEAVE_S)] = Field(
        1800, description="Seconds without anything to say until the bot leaves a call; 0 is never."
    )
    privacy_url: Annotated[str, values.url("https")] | None = Field(
        None, description="Where your users read how you treat their data; /privacy links there."
    )
    data_dir: Annotated[Path, AfterValidator(values.folder)] = Field(
        Path("data"), description="Folder of everything the bot keeps."
    )
    database_url: Annotated[str, AfterValidator(values.database)] = Field(
        default_factory=values.default_database,
        repr=False,  # a PostgreSQL URL holds a password
        description="Database, sqlite:/// or postgresql://; a SQLite file in DATA_DIR if not set.",
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        values.one_of("DEBUG", "INFO", "WARNING", "ERROR", fold=str.upper),
    ] = Field("INFO", description="Least severity that is logged: DEBUG, INFO, WARNING or ERROR.")
    log_format: Annotated[
        Literal["auto", "json", "console"], values.one_of("auto", "json", "console", fold=str.lower)
    ] = Field(
        "auto",
        description="Shape of the log: json, console, or auto (console on a terminal, else json).",
    )

    @field_validator(*SECRETS, mode="before")
    @classmethod
    def _open_secret(cls, value: object, info: ValidationInfo) -> object:
        path = info.data.get(f"{info.field_name}_file")
        given = value.get_secret_value() if isinstance(value, SecretStr) else value
        if given is None:
            return path and values.clean_secret(values.read_secret(path))
        if path is not None:
            raise ValueError("is set twice, also by its file: keep one of the two")
        return values.clean_secret(str(given))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let arguments win over the environment, and the environment over `.env`."""
        assert isinstance(dotenv_settings, DotEnvSettingsSource)  # noqa: S101 (for mypy)
        return init_settings, env_settings, _DotEnvBeneath(settings_cls, dotenv_settings.env_file)

    @classmethod
    def from_env(
        cls, env_file: Path | None = Path(".env"), *, needs: Iterable[SecretName] = ()
    ) -> Config:
        """Read the environment, with `env_file` beneath it if there is one.

        A key that the chosen provider does not use is not missed, even if it is in `needs`.

        Raises:
            ConfigError: Something is wrong, or a secret in `needs` is missing: one line for each.
        """
        try:
            given = {**DotEnvSettingsSource(cls, env_file)(), **EnvSettingsSource(cls)()}
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError([f"{env_file} cannot be read: {type(error).__name__}"]) from None
        provider = str(given.get("tts_provider", "qwen")).strip().lower()
        unused = {"dashscope_api_key"} if provider in ("openai", "espeak") else set()
        problems = [
            _missing(name) for name in needs if not {name, f"{name}_file"} & {*given, *unused}
        ]
        try:
            config = cls(_env_file=env_file)  # type: ignore[call-arg]  # BaseSettings takes it
        except ValidationError as error:
            # The cause would show the values.
            raise ConfigError(problems + _lines(error)) from None
        if problems:
            raise ConfigError(problems)
        return config

    def reveal(self, name: SecretName) -> str:
        """Return a secret in the clear, for the one place that sends it.

        Raises:
            ConfigError: It is not set.
        """
        secret: SecretStr | None = getattr(self, name)
        if secret is None:
            raise ConfigError([_missing(name)])
        return secret.get_secret_value()

    def key(self, name: SecretName) -> ApiKey:
        """Return a secret that is read again when its file changes.

        Raises:
            ConfigError: It is not set.
        """
        file: Path | None = getattr(self, f"{name}_file")
        return ApiKey(self.reveal(name), name=name.upper(), file=file)

    def secrets(self) -> tuple[str, ...]:
        """Return every secret value that is set, for the log to black out."""
        secrets = [self.reveal(name) for name in SECRETS if getattr(self, name) is not None]
        return (*secrets, *_passwords(self.database_url))

    def describe(self) -> list[Setting]:
        """Return every setting with its value, secrets masked."""
        return [
            Setting(
                variable=name.upper(),
                value=_shown(name, getattr(self, name)),
                is_default=getattr(self, name)
                == field.get_default(call_default_factory=True, validated_data=self.__dict__),
                description=field.description or "",
            )
            for name, field in type(self).model_fields.items()
        ]


def _missing(name: SecretName) -> str:
    variable = name.upper()
    return f"{variable} is not set: set it, or {variable}_FILE, to {_WHERE_TO_GET[name]}"


def _lines(error: ValidationError) -> list[str]:
    return [_line(fault) for fault in error.errors() if fault["type"] != _CONSEQUENCE]


def _line(fault: ErrorDetails) -> str:
    name, message = str(fault["loc"][0]), fault["msg"].removeprefix("Value error, ")
    value = str(fault["input"])[:SHOWN_VALUE_MAX_CHARS]
    # An @ in a URL may follow a password.
    if name in SECRETS or name == "database_url" or "@" in value:
        return f"{name.upper()} {message}"
    return f"{name.upper()} is {Redactor().text(value)!r}: it {message}"


def _shown(name: str, value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, SecretStr):
        return f"set ({len(value.get_secret_value())} characters)"
    if name == "database_url":
        return _without_password(str(value))
    if isinstance(value, dict):
        return ",".join(f"{key}={each}" for key, each in value.items())
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _passwords(url: str) -> tuple[str, ...]:
    """Return the passwords in the URL of a database, as they are written and as they are meant."""
    written = [urlsplit(url).password, *_PASSWORD_OPTION.findall(url)]
    return tuple(form for each in written if each for form in (each, unquote(each)))


def _without_password(url: str) -> str:
    password = urlsplit(url).password
    shown = url.replace(f":{password}@", ":***@") if password else url
    return _PASSWORD_OPTION.sub("***", shown)
