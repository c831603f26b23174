"""Settings: one row each, with name, default and description.

In order of increasing precedence: `xiezuo.toml` in the data folder, `xiezuo.toml` in the current
folder, `XIEZUO_*` variables (`XIEZUO_ENGINE_THREADS=4`), command-line options. Only `studio`,
`doctor` and the commands read settings; all other code receives values.
"""

import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SourceError,
)

from xiezuo.errors import SettingsError

CONFIG_NAME = "xiezuo.toml"
KvType = Literal["f16", "q8_0"]


class EngineSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    base_url: HttpUrl | None = Field(
        default=None,
        description="Address of an OpenAI-compatible engine to use instead of the local one, "
        "for example `http://127.0.0.1:8080/v1`.",
    )
    api_key: SecretStr | None = Field(default=None, description="Key for `engine.base_url`.")
    model: str | None = Field(
        default=None,
        description="Name of the model at `engine.base_url`; by default the first that it lists.",
    )
    server: Literal["auto", "worker"] | Path = Field(
        default="auto",
        description="`auto`: a recent `llama-server` on PATH, otherwise the built-in worker; "
        "`worker`: the built-in worker; or the path of a `llama-server`.",
    )
    threads: int = Field(
        default=0, ge=0, le=512, description="CPU threads; 0: all cores that the process may use."
    )
    context: int = Field(
        default=4096,
        ge=512,
        le=1_048_576,
        description="Context of one slot, in tokens; determines the memory of the KV cache.",
    )
    slots: int = Field(
        default=0,
        ge=0,
        le=64,
        description="Texts that the engine holds at once; 0: as many as the writing modes need "
        "and the memory allows.",
    )
    kv_type: KvType = Field(
        default="f16", description="Number type of the KV cache; `q8_0` halves its memory."
    )
    repack: bool = Field(
        default=True,
        description="Rearrange the weights for faster decode. The file is then read instead of "
        "mapped, so that the weights are in memory only once.",
    )
    load_seconds: float = Field(
        default=600,
        gt=0,
        description="Seconds that loading a model may take before it counts as failed.",
    )
    stall_seconds: float = Field(
        default=120,
        gt=0,
        description="Seconds without a token that count as a stall; while the prompt is read, "
        "the time that its next batch may need is added.",
    )


class ServerSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; if other machines can reach it, a user must exist "
        "(`xiezuo users add`).",
    )
    port: int = Field(default=8765, ge=0, le=65535, description="Port to listen on.")
    hosts: list[str] = Field(
        default_factory=list[str],
        description="Host names under which browsers may address the server, besides localhost.",
    )
    https: bool = Field(
        default=False,
        description="Browsers connect over HTTPS, through a proxy in front of the server; session "
        "cookies are then sent over HTTPS only.",
    )


class JobSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    heartbeat_seconds: float = Field(
        default=2,
        ge=0.1,
        le=60,
        description="Seconds between two heartbeats of a process. After five missed heartbeats, "
        "other processes on the same database take over its jobs. Must be the same in all of them.",
    )


class HubSettings(BaseModel):
    model_config = ConfigDict(extra="forbid")

    modelscope: str = Field(default="https://modelscope.cn", description="Address of ModelScope.")
    huggingface: str = Field(
        default="https://huggingface.co", description="Address of Hugging Face."
    )
    mirror: str | None = Field(
        default_factory=lambda: os.environ.get("HF_ENDPOINT"),
        description="A mirror with the URLs of Hugging Face; by default `HF_ENDPOINT`.",
    )
    allow_private: bool = Field(
        default=False,
        description="Allow redirects of a hub to private network addresses, which a mirror in "
        "your own network may need. The hub itself may have any address.",
    )
    probe_seconds: float = Field(
        default=3,
        gt=0,
        description="Seconds that a source may take to answer before the next is tried.",
    )


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="XIEZUO_", env_nested_delimiter="_", env_nested_max_split=1, extra="forbid"
    )

    data_dir: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("xiezuo"),
        description="Folder for models, logs and state.",
    )
    model: str = Field(
        default="qwen3-4b-instruct-2507", description="Model to write with: an id or a .gguf path."
    )
    language: Literal["en", "zh"] | None = Field(
        default=None, description="Language of messages; by default that of the system."
    )
    prompt_tokens: int = Field(
        default=2048,
        ge=256,
        le=1_048_576,
        description="Context budget: maximum number of prompt tokens for a section.",
    )
    run_code: bool = Field(
        default=False,
        description="Run the Python code of each section in a sandbox (bubblewrap: no network, no "
        "files), and mark code that fails.",
    )
    database: str | None = Field(
        default=None,
        description="Database of documents and jobs: `postgresql+psycopg://…`; by default a SQLite "
        "file in the data folder.",
    )
    engine: EngineSettings = Field(default_factory=EngineSettings, description="The engine.")
    server: ServerSettings = Field(default_factory=ServerSettings, description="The server.")
    jobs: JobSettings = Field(default_factory=JobSettings, description="The job queue.")
    lint: dict[str, object] = Field(
        default_factory=dict,
        description="The table of `xiezuo lint`; see docs/how-to/lint-texts.md.",
    )
    hub: HubSettings = Field(default_factory=HubSettings, description="Model sources.")

    @property
    def models_dir(self) -> Path:
        return self.data_dir / "models"

    @property
    def logs_dir(self) -> Path:
        return self.data_dir / "logs"

    @property
    def prompts_dir(self) -> Path:
        """The user's prompt templates, which replace built-in ones of the same name."""
        return self.data_dir / "prompts"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data_dir / 'xiezuo.sqlite'}"

    @property
    def jobs_url(self) -> str:
        """The tables of DBOS: in PostgreSQL in the same database, in SQLite in a separate file."""
        return self.database or f"sqlite:///{self.data_dir / 'jobs.sqlite'}"

    @property
    def user_catalogue(self) -> Path:
        return self.data_dir / "catalogue.toml"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(os.environ.get("XIEZUO_DATA_DIR") or platformdirs.user_data_path("xiezuo"))
        files = (Path(CONFIG_NAME), home / CONFIG_NAME)
        tables = (TomlConfigSettingsSource(settings_cls, file) for file in files)
        return init_settings, env_settings, *tables


def load_settings(**flags: object) -> Settings:
    """Load settings from files, environment and `flags` (nested: `engine={"threads": 4}`).

    Raises:
        SettingsError: a name is unknown, a value is invalid, or a file is not TOML.
    """
    try:
        return Settings(**flags)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(problem=f"{name}: {first['msg']}") from error
    except (SourceError, ValueError, OSError) as error:
        raise SettingsError(problem=str(error)) from error
