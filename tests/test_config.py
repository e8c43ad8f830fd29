"""Settings: read, checked, described, and never shown when secret."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config import Config
from bot.errors import ConfigError
from bot.models import Language

ROOT = Path(__file__).parents[1]
TOKEN = "canary-token.abcdef.0123456789"
KEY = "sk-canary0123456789"


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Config.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def problems(**environment: str) -> tuple[str, ...]:
    with pytest.MonkeyPatch.context() as patch, pytest.raises(ConfigError) as raised:
        for name, value in environment.items():
            patch.setenv(name, value)
        Config.from_env(None)
    return raised.value.problems


def test_everything_has_a_default_but_the_secrets() -> None:
    config = Config.from_env(None)
    assert config.discord_token is None
    assert config.dashscope_api_key is None
    assert config.dashscope_http_base_url == "https://dashscope.aliyuncs.com/api/v1"
    assert (config.tts_model, config.tts_voice) == ("qwen3-tts-flash", "Cherry")
    assert (config.tts_language, config.tts_mode) == (Language.AUTO, "stream")
    assert config.tts_audio_hosts == (".aliyuncs.com",)
    assert config.pause_between_ms == 200
    assert (config.leave_when_alone_s, config.leave_when_idle_s) == (60, 1800)
    assert config.database_url == "sqlite+aiosqlite:///data/oriole.db"
    assert (config.log_level, config.log_format) == ("INFO", "auto")


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file = tmp_path / ".env"
    env_file.write_text("TTS_VOICE=Ethan\nTTS_MODE=plain\nUNKNOWN=1\n")
    monkeypatch.setenv("TTS_VOICE", "Chelsie")
    config = Config.from_env(env_file)
    assert (config.tts_voice, config.tts_mode) == ("Chelsie", "plain")


def test_a_missing_env_file_is_no_fault(tmp_path: Path) -> None:
    assert Config.from_env(tmp_path / ".env").tts_voice == "Cherry"


def test_an_env_file_that_is_not_text_is_one_line(tmp_path: Path) -> None:
    env_file = tmp_path / ".env"
    env_file.write_bytes(b"\xff\xfe\x00T")
    with pytest.raises(ConfigError, match=r"\.env cannot be read") as raised:
        Config.from_env(env_file)
    assert len(raised.value.problems) == 1


def test_empty_values_count_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "")
    monkeypatch.setenv("TTS_MODEL", "")
    config = Config.from_env(None)
    assert config.discord_token is None
    assert config.tts_model == "qwen3-tts-flash"


def test_every_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "DISCORD_TOKEN": "two words",
        "DISCORD_API_BASE": "discord.example",
        "DISCORD_GATEWAY": "https://gateway.example",
        "DASHSCOPE_HTTP_BASE_URL": "https://host:99999/",
        "DASHSCOPE_WORKSPACE_ID": "ws 1",
        "TTS_VOICE": "a\nb",
        "TTS_LANGUAGE": "Klingon",
        "TTS_MODE": "steam",
        "TTS_AUDIO_HOSTS": "https://aliyuncs.com",
        "TTS_PROVIDER": "polly",
        "TTS_FALLBACKS": "second,third",
        "TTS_VOICES": "Japanese",
        "TTS_PRICES": "qwen3-tts-flash=cheap",
        "TTS_REQUESTS_AT_ONCE": "0",
        "OPENAI_BASE_URL": "host:8091",
        "CACHE_DAYS": "8",
        "BUDGET_TOTAL_CHARACTERS": "many",
        "PAUSE_BETWEEN_MS": "3001",
        "LEAVE_WHEN_ALONE_S": "-1",
        "LEAVE_WHEN_IDLE_S": "half an hour",
        "DATA_DIR": "~no-such-user-here/x",
        "DATABASE_URL": "mysql://root@host/db",
        "LOG_LEVEL": "LOUD",
        "LOG_FORMAT": "xml",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError) as raised:
        Config.from_env(None, needs=["discord_token", "dashscope_api_key"])
    named = {problem.split()[0] for problem in raised.value.problems}
    assert named == {*wrong, "DASHSCOPE_API_KEY"}
    assert len(raised.value.problems) == len(named)
    assert not any("\n" in problem for problem in raised.value.problems)


def test_a_fault_says_what_would_be_right() -> None:
    assert problems(TTS_MODE="steam") == ("TTS_MODE is 'steam': it must be one of: stream, plain",)


@pytest.mark.parametrize("value", ["604801", "1_0", "٣", "1.5", "nan", "1e3"])
def test_seconds_are_whole_numbers(value: str) -> None:
    assert problems(LEAVE_WHEN_IDLE_S=value) == (
        f"LEAVE_WHEN_IDLE_S is {value!r}: it must be a whole number from 0 to 604800",
    )


def test_a_missing_secret_says_where_to_get_it() -> None:
    with pytest.raises(
        ConfigError, match="DISCORD_TOKEN is not set: set it, or DISCORD_TOKEN_FILE"
    ):
        Config.from_env(None, needs=["discord_token"])


@pytest.mark.parametrize("provider", ["openai", "espeak"])
def test_a_key_the_provider_does_not_use_is_not_missed(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TTS_PROVIDER", provider)
    assert Config.from_env(None, needs=["dashscope_api_key"]).tts_provider == provider


@pytest.mark.parametrize(
    "wrong",
    [
        {"TTS_FALLBACKS": "espeak,espeak"},
        {"TTS_FALLBACKS": "model:"},
        {"TTS_PRICES": "a=-1"},
        {"TTS_PRICES": "a=inf"},
        {"TTS_VOICES": "Klingon=Worf"},
    ],
)
def test_lists_are_checked_part_by_part(wrong: dict[str, str]) -> None:
    (line,) = problems(**wrong)
    assert line.startswith(f"{next(iter(wrong))} is ")


def test_revealing_a_secret_that_is_not_set_is_a_fault_of_the_configuration() -> None:
    with pytest.raises(ConfigError, match="DASHSCOPE_API_KEY is not set"):
        Config.from_env(None).reveal("dashscope_api_key")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"TTS_LANGUAGE": "german"}, ("tts_language", Language.GERMAN)),
        ({"TTS_MODE": "Plain"}, ("tts_mode", "plain")),
        ({"PAUSE_BETWEEN_MS": " 0 "}, ("pause_between_ms", 0)),
        ({"LEAVE_WHEN_ALONE_S": "0"}, ("leave_when_alone_s", 0)),
        ({"LEAVE_WHEN_IDLE_S": "604800"}, ("leave_when_idle_s", 604_800)),
        ({"LOG_LEVEL": "debug"}, ("log_level", "DEBUG")),
        ({"LOG_FORMAT": "JSON"}, ("log_format", "json")),
        ({"TTS_AUDIO_HOSTS": ".a.com, B.example "}, ("tts_audio_hosts", (".a.com", "b.example"))),
        ({"TTS_PROVIDER": "ESPEAK"}, ("tts_model", "espeak-ng")),
        ({"TTS_PROVIDER": "openai", "OPENAI_VOICE": "Ryan"}, ("tts_voice", "Ryan")),
        (
            {"TTS_FALLBACKS": "model:qwen3-tts-flash-2025-11-27, espeak"},
            ("tts_fallbacks", ("model:qwen3-tts-flash-2025-11-27", "espeak")),
        ),
        (
            {"TTS_VOICES": "japanese=Ono Anna, Korean=Sohee,"},
            ("tts_voices", {Language.JAPANESE: "Ono Anna", Language.KOREAN: "Sohee"}),
        ),
        ({"TTS_PRICES": "qwen3-tts-flash=0.1"}, ("tts_prices", {"qwen3-tts-flash": 0.1})),
        (
            {"DISCORD_API_BASE": "http://[::1]:8080/api/v10/"},
            ("discord_api_base", "http://[::1]:8080/api/v10"),
        ),
        ({"DISCORD_GATEWAY": "ws://127.0.0.1:9"}, ("discord_gateway", "ws://127.0.0.1:9")),
        ({"DATABASE_URL": "sqlite:///x.db"}, ("database_url", "sqlite+aiosqlite:///x.db")),
        ({"DATABASE_URL": "postgresql://u@h/d"}, ("database_url", "postgresql+asyncpg://u@h/d")),
        ({"DATABASE_URL": "postgres://u@h/d"}, ("database_url", "postgresql+asyncpg://u@h/d")),
        ({"DATA_DIR": "/srv/x"}, ("database_url", "sqlite+aiosqlite:////srv/x/oriole.db")),
    ],
)
def test_values_are_brought_to_one_spelling(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], value: tuple[str, object]
) -> None:
    for name, text in given.items():
        monkeypatch.setenv(name, text)
    name, wanted = value
    assert getattr(Config.from_env(None), name) == wanted


def test_a_secret_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("DISCORD_TOKEN_FILE", str(tmp_path / "token"))
    config = Config.from_env(None, needs=["discord_token"])
    assert config.reveal("discord_token") == TOKEN


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b" \n", "it is empty"),
        (b"x" * 5000, "it is larger than 4096 bytes"),
        (b"\x89PNG\r\n\x1a\n", "contains spaces or stray characters"),
    ],
)
def test_a_wrong_secret_file_is_one_clear_line(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "key").write_bytes(content)
    (line,) = problems(DASHSCOPE_API_KEY_FILE=str(tmp_path / "key"))
    assert line.startswith("DASHSCOPE_API_KEY ")
    assert fault in line


@pytest.mark.parametrize("name", ["missing", ""])
def test_a_secret_file_that_cannot_be_read_is_one_clear_line(tmp_path: Path, name: str) -> None:
    (line,) = problems(DASHSCOPE_API_KEY_FILE=str(tmp_path / name))
    assert f"cannot be read from {tmp_path / name}:" in line


def test_a_secret_set_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    (line,) = problems(DISCORD_TOKEN=TOKEN, DISCORD_TOKEN_FILE=str(tmp_path / "token"))
    assert line == "DISCORD_TOKEN is set twice, also by its file: keep one of the two"


def test_a_secret_in_the_environment_wins_over_its_file_in_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN_FILE=/no/such/file\n")
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    assert Config.from_env(tmp_path / ".env").reveal("discord_token") == TOKEN


@pytest.mark.parametrize("value", ["   ", f'"{TOKEN}"', f"Bot {TOKEN}", f"{TOKEN}\N{DEGREE SIGN}"])
def test_a_secret_that_cannot_be_one_is_refused_without_showing_it(value: str) -> None:
    (line,) = problems(DISCORD_TOKEN=value)
    assert line.startswith("DISCORD_TOKEN ")
    assert TOKEN not in line


@pytest.mark.parametrize("variable", ["DASHSCOPE_API_KEY_FILE", "OPENAI_API_KEY_FILE", "LOG_LEVEL"])
def test_a_key_in_the_place_of_something_else_is_not_shown(variable: str) -> None:
    (line,) = problems(**{variable: KEY})
    assert line.startswith(variable.removesuffix("_FILE"))
    assert KEY not in line


@pytest.mark.parametrize(
    "place", ["bot:hunter2@[::1/db", "bot:hunter2@h:port/db", "bot:h＃unter2@h/d"]
)
def test_a_database_that_is_no_url_is_told_without_its_password(place: str) -> None:
    (line,) = problems(DATABASE_URL=f"postgresql://{place}")
    assert line.startswith("DATABASE_URL is not a URL")
    assert "unter2" not in line


def test_a_password_among_the_options_of_a_database_is_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot@host/db?password=hunter%402&ssl=require")
    config = Config.from_env(None)
    assert "hunter" not in f"{config!r} {config} {config.describe()}"
    assert set(config.secrets()) == {"hunter%402", "hunter@2"}


def test_a_key_knows_the_file_it_came_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("DASHSCOPE_API_KEY_FILE", str(tmp_path / "key"))
    key = Config.from_env(None).key("dashscope_api_key")
    (tmp_path / "key").write_text("sk-another-one")
    assert key.renew(KEY)
    assert key.current() == "sk-another-one"


def test_no_secret_shows_in_any_text_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("DASHSCOPE_API_KEY", KEY)
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hunter%402@host/db")
    config = Config.from_env(None)
    shown = f"{config!r} {config} {config.describe()}"
    assert not any(secret in shown for secret in (TOKEN, KEY, "hunter"))
    assert set(config.secrets()) == {TOKEN, KEY, "hunter%402", "hunter@2"}


@pytest.mark.parametrize(
    "faulty",
    [
        {"DATABASE_URL": "mysql://u:hunter2@h/d"},
        {"DISCORD_API_BASE": "https://u:hunter2@h/"},
    ],
)
def test_a_fault_never_shows_a_password(faulty: dict[str, str]) -> None:
    (line,) = problems(**faulty)
    assert "hunter2" not in line


def test_a_configuration_is_frozen() -> None:
    config = Config.from_env(None)
    with pytest.raises(ValueError, match="frozen"):
        config.tts_voice = "Ethan"


def test_the_description_tells_what_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("TTS_VOICE", "Ethan")
    settings = {setting.variable: setting for setting in Config.from_env(None).describe()}
    assert settings["DISCORD_TOKEN"].value == f"set ({len(TOKEN)} characters)"
    assert settings["DASHSCOPE_API_KEY"].value == "not set"
    assert settings["TTS_AUDIO_HOSTS"].value == ".aliyuncs.com"
    assert {name for name, setting in settings.items() if not setting.is_default} == {
        "DISCORD_TOKEN",
        "TTS_VOICE",
    }


@pytest.mark.parametrize("document", [".env.example", "docs/configuration.md"])
def test_every_setting_is_documented_with_its_sentence(document: str) -> None:
    lines = (ROOT / document).read_text(encoding="utf-8")
    for setting in Config.from_env(None).describe():
        assert setting.variable in lines
        assert setting.description in lines


def test_the_example_file_is_valid_and_holds_the_defaults(tmp_path: Path) -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    (tmp_path / ".env").write_text(re.sub(r"^#(?=[A-Z_]+=)", "", example, flags=re.MULTILINE))
    assert Config.from_env(tmp_path / ".env") == Config.from_env(None)


def test_importing_reads_no_environment() -> None:
    environment = {**os.environ, "TTS_MODE": "steam", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", "import bot.config"], env=environment, check=True)
